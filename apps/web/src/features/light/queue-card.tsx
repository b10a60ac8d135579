"use client";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  CircleCheck,
  CircleHelp,
  CircleX,
  Clock,
  type LucideIcon,
  Moon,
  Send,
  Sun,
  TimerOff,
  Undo2,
} from "lucide-react";
import { sayQueue, shownWhenSleeping } from "@/features/light/queue-words";
import { formatMinute } from "@/lib/format";
import { useRefusal } from "@/lib/session";
import { type RouterOutputs, useTRPC } from "@/lib/trpc";
import { Badge, type Tone } from "@/ui/badge";
import { Button } from "@/ui/button";
import { Card, CardContent } from "@/ui/card";
import { ErrorState } from "@/ui/error-state";
import { RelativeTime, useNow } from "@/ui/relative-time";
import { toast } from "@/ui/toast";

type Request = RouterOutputs["queue"]["list"]["requests"][number];

const states: Readonly<
  Record<Request["state"], { readonly word: string; readonly tone: Tone; readonly icon: LucideIcon }>
> = {
  waiting: { word: "waits", tone: "wait", icon: Clock },
  sent: { word: "sent", tone: "busy", icon: Send },
  delivered: { word: "delivered", tone: "good", icon: CircleCheck },
  failed: { word: "failed", tone: "bad", icon: CircleX },
  expired: { word: "expired", tone: "bad", icon: TimerOff },
  cancelled: { word: "taken back", tone: "idle", icon: Undo2 },
  uncertain: { word: "uncertain", tone: "lost", icon: CircleHelp },
};

/** What is known of a light in queue mode: whether it listens, and what waits for it. Looks again when it falls asleep. */
export function useLightQueue(deviceId: string, enabled: boolean) {
  const trpc = useTRPC();
  return useQuery(
    trpc.queue.list.queryOptions(
      { deviceId },
      {
        enabled,
        refetchInterval: ({ state: { data } }) =>
          data?.awakeUntil ? Math.max(1_000, Date.parse(data.awakeUntil) - Date.now() + 200) : false,
      },
    ),
  );
}

/** One line that says whether a light in queue mode sleeps, and below it the requests that wait for it. */
export function QueueCard({ deviceId }: { readonly deviceId: string }) {
  const queue = useLightQueue(deviceId, true);
  const now = useNow();
  if (queue.isPending) return null;
  if (queue.isError) {
    return (
      <ErrorState title="The queue could not be loaded" error={queue.error} onRetry={() => void queue.refetch()} />
    );
  }
  const { data } = queue;
  const requests = shownWhenSleeping(data.requests);
  const Icon = data.state === "awake" ? Sun : Moon;
  return (
    <Card aria-label="Queue of this light">
      <p role="status" className="flex items-center gap-2 px-4 py-2.5 text-sm">
        <Icon className="size-4 shrink-0 text-muted-foreground" aria-hidden="true" />
        <span suppressHydrationWarning>{sayQueue(data, now)}</span>
      </p>
      {requests.length > 0 ? (
        <CardContent className="border-t pt-3">
          <ul aria-label="Queued requests" className="flex flex-col gap-2">
            {requests.map((request) => (
              <QueuedRequest key={request.id} deviceId={deviceId} request={request} />
            ))}
          </ul>
        </CardContent>
      ) : null}
    </Card>
  );
}

function QueuedRequest({ deviceId, request }: { readonly deviceId: string; readonly request: Request }) {
  const trpc = useTRPC();
  const queries = useQueryClient();
  const cancel = useMutation(trpc.queue.cancel.mutationOptions());
  const refusal = useRefusal("device.operate.cancel");
  const { word, tone, icon: Icon } = states[request.state];
  const { result } = request;
  const what = `${request.verb} ${request.path}`;
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
      <Badge tone={tone}>
        <Icon aria-hidden="true" />
        {word}
      </Badge>
      <span className="min-w-0 break-all">
        {request.verb} <span className="font-mono text-xs">{request.path}</span>
        {request.content ? <span className="text-muted-foreground"> {request.content}</span> : null}
      </span>
      <span className="order-last min-w-0 basis-full text-xs break-words text-muted-foreground sm:order-none sm:flex-1 sm:basis-0">
        {result && request.endedAt ? (
          <>
            <RelativeTime at={request.endedAt} />
            {result.message ? `: ${result.message}` : result.code === "ok" ? "" : `, ${result.code}`}
          </>
        ) : (
          <>
            asked by {request.askedBy} <RelativeTime at={request.askedAt} />, kept until{" "}
            {formatMinute(request.expiresAt)}
          </>
        )}
      </span>
      {request.state === "waiting" ? (
        <Button
          size="small"
          className="ml-auto"
          aria-label={`Take back ${what}`}
          disabledReason={refusal}
          busy={cancel.isPending}
          onClick={async () => {
            try {
              await cancel.mutateAsync({ deviceId, requestId: request.id });
            } catch (error) {
              toast.error(error instanceof Error ? error.message : String(error));
            }
            await queries.invalidateQueries(trpc.queue.list.queryFilter({ deviceId }));
          }}
        >
          Take back
        </Button>
      ) : null}
    </li>
  );
}
