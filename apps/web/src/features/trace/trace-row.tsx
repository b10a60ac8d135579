import type { TraceView } from "@lamplighter/api/trace/view";
import { ArrowDownLeft, ArrowUpRight, ChevronRight } from "lucide-react";
import { useId, useState } from "react";
import { answerKindOf } from "@/features/trace/trace-list";
import { TraceMessage } from "@/features/trace/trace-payload";
import { cn } from "@/lib/cn";
import { Badge, type Tone } from "@/ui/badge";

const tones: Readonly<Record<ReturnType<typeof answerKindOf>, Tone>> = {
  success: "good",
  refused: "wait",
  failed: "bad",
  open: "idle",
};

/** One exchange on a line; opened, all that is known of it. */
export function TraceRow({ exchange }: { readonly exchange: TraceView }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const { direction, kind, path, query, request, response, roundTrip, retransmissions, blocks } = exchange;
  const isSent = direction === "to-device";
  const Arrow = isSent ? ArrowUpRight : ArrowDownLeft;
  return (
    <li>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
        className="flex w-full flex-wrap items-center gap-x-2.5 gap-y-1 px-3 py-1.5 text-left text-sm hover:bg-surface-muted/60"
      >
        <ChevronRight className={cn("size-4 shrink-0 text-muted-foreground", open && "rotate-90")} aria-hidden="true" />
        <time dateTime={request.at} className="font-mono text-xs text-muted-foreground tabular-nums">
          {new Date(request.at).toLocaleTimeString("en-GB", { hour12: false })}.{request.at.slice(20, 23)}
        </time>
        <Arrow className="size-4 shrink-0" aria-label={isSent ? "To the light" : "From the light"} />
        <span className="w-16 font-mono text-xs font-medium">{kind === "notification" ? "notify" : request.code}</span>
        <span className="min-w-40 flex-1 font-mono text-xs break-all">
          {kind === "malformed" ? "a datagram that is no CoAP" : (path ?? "unknown path")}
          {query ? <span className="text-muted-foreground">?{query}</span> : null}
        </span>
        {blocks ? (
          <span className="text-xs text-muted-foreground">
            {blocks.count === 1 ? "block" : "blocks"} {blocks.first}
            {blocks.last > blocks.first ? `–${blocks.last}` : ""}
          </span>
        ) : null}
        {exchange.server === "bootstrap" ? <Badge tone="idle">bootstrap server</Badge> : null}
        {retransmissions > 0 ? <Badge tone="wait">{retransmissions} × repeated</Badge> : null}
        <span className="w-16 text-right text-xs text-muted-foreground tabular-nums">
          {roundTrip === null ? "" : `${roundTrip.toLocaleString("en-GB")} ms`}
        </span>
        <Badge tone={tones[answerKindOf(exchange)]}>{answerWord(exchange)}</Badge>
      </button>
      {open ? (
        <div id={id} className="flex flex-col gap-3 bg-surface-muted/40 px-4 py-3">
          <p className="font-mono text-xs break-all text-muted-foreground">
            token {exchange.token || "none"}
            {exchange.accept === null ? "" : ` · accept ${exchange.accept}`}
            {blocks
              ? ` · ${blocks.count} blocks by Block${blocks.option} of ${blocks.size} bytes${blocks.more ? ", more to come" : ""}`
              : ""}
          </p>
          <div className="grid gap-4 md:grid-cols-2">
            <TraceMessage title={kind === "notification" ? "Notification" : "Request"} message={request} />
            {response ? <TraceMessage title="Answer" message={response} /> : null}
          </div>
        </div>
      ) : null}
    </li>
  );
}

function answerWord({ kind, request, response, acknowledged, reset }: TraceView): string {
  if (reset) return "reset";
  if (kind === "malformed") return "malformed";
  if (response) return response.code;
  if (kind === "notification") return request.code;
  if (kind === "empty") return "ping";
  return acknowledged ? "acknowledged" : "no answer yet";
}
