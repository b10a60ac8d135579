"use client";
import type { TraceView } from "@lamplighter/api/trace/view";
import { useSubscription } from "@trpc/tanstack-react-query";
import { Activity, Download, Pause, Play, Trash2 } from "lucide-react";
import { parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { useRef, useState } from "react";
import { traceCsv, traceJsonLines } from "@/features/trace/trace-export";
import { answerKinds, directions, filterTrace, mergeTrace } from "@/features/trace/trace-list";
import { TraceRow } from "@/features/trace/trace-row";
import { countOf } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { useTRPC } from "@/lib/trpc";
import { Button } from "@/ui/button";
import { Card } from "@/ui/card";
import { DropdownMenu, DropdownMenuContent, DropdownMenuItem, DropdownMenuTrigger } from "@/ui/dropdown-menu";
import { EmptyState } from "@/ui/empty-state";
import { ErrorState } from "@/ui/error-state";
import { SearchInput } from "@/ui/search-input";
import { Select, SelectContent, SelectItem, SelectTrigger, SelectValue } from "@/ui/select";
import { SkeletonRows } from "@/ui/skeleton";

const filters = {
  from: parseAsStringLiteral(directions).withDefault("all"),
  answer: parseAsStringLiteral(answerKinds).withDefault("all"),
  find: parseAsString.withDefault(""),
};
const directionWords = {
  all: "Both directions",
  "to-device": "To the light",
  "from-device": "From the light",
} as const;
const answerWords = {
  all: "Any answer",
  success: "Success (2.xx)",
  refused: "Refused (4.xx)",
  failed: "Failed (5.xx, reset)",
  open: "No answer yet",
} as const;

/** What is said with a light, as it is said. Recorded while somebody looks, and a little longer. */
export function TraceTab({ deviceId, name }: { readonly deviceId: string; readonly name: string }) {
  const refusal = useRefusal("device.trace");
  if (refusal) {
    return (
      <Card>
        <EmptyState icon={Activity} title="The trace is not for you to see">
          {refusal}
        </EmptyState>
      </Card>
    );
  }
  return <LiveTrace deviceId={deviceId} name={name} />;
}

function LiveTrace({ deviceId, name }: { readonly deviceId: string; readonly name: string }) {
  const trpc = useTRPC();
  const [filter, setFilter] = useQueryStates(filters);
  const [list, setList] = useState<readonly TraceView[]>();
  const [paused, setPaused] = useState(false);
  /** What was said while the screen stood still. */
  const held = useRef<readonly TraceView[]>([]);
  const [heldCount, setHeldCount] = useState(0);
  /** Nothing up to here is shown: the person cleared the screen. */
  const clearedAt = useRef(0);
  const subscription = useSubscription(
    trpc.trace.watch.subscriptionOptions(
      { deviceId },
      {
        onData: (batch) => {
          const changed = batch.filter(({ id }) => id > clearedAt.current);
          if (paused) {
            held.current = mergeTrace(held.current, changed);
            setHeldCount(held.current.length);
          } else setList((before) => mergeTrace(before ?? [], changed));
        },
      },
    ),
  );
  const resume = () => {
    setPaused(false);
    setList((before) => mergeTrace(before ?? [], held.current));
    held.current = [];
    setHeldCount(0);
  };
  const clear = () => {
    clearedAt.current = Math.max(0, ...(list ?? []).map(({ id }) => id));
    setList([]);
  };

  const shown = filterTrace(list ?? [], { direction: filter.from, answer: filter.answer, text: filter.find });
  const isFiltered = filter.from !== "all" || filter.answer !== "all" || filter.find !== "";
  const nothingShown = shown.length === 0 ? "There is nothing to export." : undefined;
  return (
    <div className="flex flex-col gap-3">
      <search aria-label="Filter the trace" className="flex flex-wrap items-center gap-2">
        <SearchInput
          label="Search the trace"
          placeholder="Path such as /3/0, code or value"
          value={filter.find}
          onChange={(find) => void setFilter({ find: find || null })}
          className="w-full max-w-xs"
        />
        <Select value={filter.from} onValueChange={(from) => void setFilter({ from: from as typeof filter.from })}>
          <SelectTrigger aria-label="Direction" className="w-40">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {directions.map((one) => (
              <SelectItem key={one} value={one}>
                {directionWords[one]}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
        <Select value={filter.answer} onValueChange={(one) => void setFilter({ answer: one as typeof filter.answer })}>
          <SelectTrigger aria-label="Answer" className="w-44">
            <SelectValue />
          </SelectTrigger>
          <SelectContent>
            {answerKinds.map((one) => (
              <SelectItem key={one} value={one}>
                {answerWords[one]}
              </SelectItem>
            ))}
          </SelectContent>
        </Select>
        <span className="flex-1" />
        <Button onClick={() => (paused ? resume() : setPaused(true))}>
          {paused ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />}
          {paused ? `Resume${heldCount > 0 ? ` (${heldCount})` : ""}` : "Pause"}
        </Button>
        <Button disabledReason={list?.length ? undefined : "There is nothing to clear."} onClick={clear}>
          <Trash2 aria-hidden="true" /> Clear
        </Button>
        <DropdownMenu>
          <DropdownMenuTrigger asChild>
            <Button disabledReason={nothingShown}>
              <Download aria-hidden="true" /> Export
            </Button>
          </DropdownMenuTrigger>
          <DropdownMenuContent>
            <DropdownMenuItem onSelect={() => save(`${name}-trace.jsonl`, "application/jsonl", traceJsonLines(shown))}>
              JSON lines
            </DropdownMenuItem>
            <DropdownMenuItem onSelect={() => save(`${name}-trace.csv`, "text/csv", traceCsv(shown))}>
              CSV table
            </DropdownMenuItem>
          </DropdownMenuContent>
        </DropdownMenu>
      </search>
      <Card className="overflow-hidden">
        {subscription.status === "error" ? (
          <ErrorState error={subscription.error} onRetry={subscription.reset} />
        ) : list === undefined ? (
          <SkeletonRows rows={3} label="Starting the trace" />
        ) : shown.length === 0 ? (
          <EmptyState icon={Activity} title={isFiltered ? "No exchange matches" : "Listening"}>
            {isFiltered
              ? `${countOf(list.length, "exchange")} recorded. Search for less, or choose other answers.`
              : "Each exchange with this light appears here as it happens. Read one of its objects to see one."}
          </EmptyState>
        ) : (
          <ul aria-label="Exchanges" className="divide-y">
            {[...shown].reverse().map((exchange) => (
              <TraceRow key={exchange.id} exchange={exchange} />
            ))}
          </ul>
        )}
      </Card>
      <p className="text-xs text-muted-foreground">
        Recorded while this page is open and two minutes longer, the last 500 exchanges. Keys are never shown, and
        firmware is not kept.
      </p>
    </div>
  );
}

function save(fileName: string, type: string, text: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  link.download = fileName.replaceAll(/[^\w.-]+/g, "-");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
