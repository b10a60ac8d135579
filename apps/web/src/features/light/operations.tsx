"use client";
import type { OperationView, WireValue } from "@lamplighter/api/views";
import { useQueryClient } from "@tanstack/react-query";
import { CircleCheck, CircleX, Clock, Loader2 } from "lucide-react";
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from "react";
import { type KeptFor, keptForHours, keptForUsual } from "@/features/light/kept-for";
import { useLightQueue } from "@/features/light/queue-card";
import { showWire } from "@/features/light/wire-text";
import { withReading } from "@/lib/live";
import { type RouterOutputs, refusalOf, useTRPC, useTRPCClient } from "@/lib/trpc";

type Outcome = RouterOutputs["operation"]["read"];

/** One operation by hand on a light. */
export type Operation =
  | { readonly verb: "read" | "observe" | "cancelObservation" | "discover" | "delete"; readonly path: string }
  | { readonly verb: "write"; readonly path: string; readonly value: WireValue; readonly mode?: "replace" | "partial" }
  | { readonly verb: "execute"; readonly path: string; readonly arguments?: string }
  | {
      readonly verb: "create";
      readonly path: string;
      readonly object: number;
      readonly instance?: number;
      readonly values: readonly { readonly resource: number; readonly value: WireValue }[];
    }
  | { readonly verb: "writeAttributes"; readonly path: string; readonly attributes: Record<string, string | null> }
  /** `path` holds the paths with a space between each. */
  | { readonly verb: "readComposite" | "observeComposite"; readonly path: string }
  | {
      readonly verb: "writeComposite";
      readonly path: string;
      readonly writes: readonly { readonly path: string; readonly value: WireValue }[];
    };

export const verbWords: Readonly<Record<Operation["verb"], string>> = {
  read: "Read",
  write: "Write",
  execute: "Execute",
  observe: "Observe",
  cancelObservation: "Cancel observation",
  discover: "Discover",
  create: "Create",
  delete: "Delete",
  writeAttributes: "Write attributes",
  readComposite: "Read several",
  writeComposite: "Write several",
  observeComposite: "Observe several",
};

export type OperationState =
  | { readonly kind: "waiting"; readonly verb: Operation["verb"] }
  | { readonly kind: "done"; readonly verb: Operation["verb"]; readonly outcome: OperationView | Outcome };

interface Operations {
  /** The light sleeps: what is asked of it is sent when it wakes. */
  readonly isSleeping: boolean;
  /** For how long what is asked of a sleeping light is kept. */
  readonly keptFor: KeptFor;
  readonly keepFor: (keptFor: KeptFor) => void;
  /** Sends it, or queues it for a light that sleeps; the outcome stands under its path. */
  readonly run: (operation: Operation) => Promise<Outcome>;
  readonly stateOf: (path: string) => OperationState | undefined;
}

const OperationsContext = createContext<Operations | undefined>(undefined);

/** Sends operations to one light and remembers the last outcome at each path. */
export function OperationsProvider({
  deviceId,
  queueMode,
  children,
}: {
  readonly deviceId: string;
  readonly queueMode: boolean;
  readonly children: ReactNode;
}) {
  const client = useTRPCClient();
  const trpc = useTRPC();
  const queries = useQueryClient();
  const queue = useLightQueue(deviceId, queueMode);
  const isSleeping = queueMode && queue.data?.state === "sleeping";
  const [states, setStates] = useState<ReadonlyMap<string, OperationState>>(new Map());
  const [keptFor, keepFor] = useState<KeptFor>(keptForUsual);
  const put = useCallback(
    (path: string, state: OperationState) => setStates((old) => new Map(old).set(path, state)),
    [],
  );
  const run = useCallback(
    async (operation: Operation): Promise<Outcome> => {
      put(operation.path, { kind: "waiting", verb: operation.verb });
      const outcome = await send(client, { deviceId, expiresInHours: keptForHours[keptFor] }, operation);
      if (queueMode) void queries.invalidateQueries(trpc.queue.list.queryFilter({ deviceId }));
      put(operation.path, { kind: "done", verb: operation.verb, outcome });
      if (outcome.kind === "ok") {
        const key = trpc.device.objects.queryKey({ id: deviceId });
        queries.setQueryData(key, (tree) => tree && outcome.readings.reduce(withReading, tree));
        // Observed or not, new and removed instances, values of objects nobody defined: the server knows.
        if (operation.verb !== "discover") void queries.invalidateQueries({ queryKey: key }, { cancelRefetch: false });
      }
      return outcome;
    },
    [client, deviceId, keptFor, put, queries, queueMode, trpc],
  );
  const value = useMemo(
    () => ({
      isSleeping,
      keptFor,
      keepFor,
      run,
      stateOf: (path: string) => {
        const state = states.get(path);
        const queued = state?.kind === "done" && state.outcome.kind === "queued" ? state.outcome.id : undefined;
        // How a queued one ended stands in the queue; here it would wait for ever.
        const hasEnded = queue.data?.requests.some(({ id, endedAt }) => id === queued && endedAt !== null);
        return hasEnded ? undefined : state;
      },
    }),
    [isSleeping, keptFor, queue.data, run, states],
  );
  return <OperationsContext value={value}>{children}</OperationsContext>;
}

export function useOperations(): Operations {
  const operations = useContext(OperationsContext);
  if (operations === undefined) throw new Error("useOperations must be used inside OperationsProvider.");
  return operations;
}

async function send(
  client: ReturnType<typeof useTRPCClient>,
  light: { readonly deviceId: string; readonly expiresInHours: number },
  operation: Operation,
): Promise<Outcome> {
  const { path } = operation;
  // The server asks at once where the light listens, and always so where it does not use queue mode.
  const when = { ...light, whenAsleep: "queue" } as const;
  const to = { ...when, path };
  try {
    switch (operation.verb) {
      case "read":
        return await client.operation.read.mutate(to);
      case "observe":
        return await client.operation.observe.mutate(to);
      case "cancelObservation":
        return await client.operation.cancelObservation.mutate(to);
      case "discover":
        return await client.operation.discover.mutate(to);
      case "delete":
        return await client.operation.delete.mutate(to);
      case "write":
        return await client.operation.write.mutate({
          ...to,
          value: operation.value,
          ...(operation.mode ? { mode: operation.mode } : {}),
        });
      case "execute":
        return await client.operation.execute.mutate({
          ...to,
          ...(operation.arguments ? { arguments: operation.arguments } : {}),
        });
      case "create":
        return await client.operation.create.mutate({
          ...when,
          object: operation.object,
          ...(operation.instance === undefined ? {} : { instance: operation.instance }),
          values: [...operation.values],
        });
      case "writeAttributes":
        return await client.operation.writeAttributes.mutate({ ...to, attributes: operation.attributes });
      case "readComposite":
        return await client.operation.readComposite.mutate({ ...when, paths: path.split(" ") });
      case "observeComposite":
        return await client.operation.observeComposite.mutate({ ...when, paths: path.split(" ") });
      case "writeComposite":
        return await client.operation.writeComposite.mutate({ ...when, writes: [...operation.writes] });
    }
  } catch (error) {
    // Refused by the server before anything was sent, or the connection broke: shown in the same place.
    const message = error instanceof Error ? error.message : String(error);
    return { kind: "failed", code: refusalOf(error)?.reason ?? "not-sent", message };
  }
}

/** How an operation ended, in a line: what came back, how long it took. */
export function OperationOutcome({
  state,
  path,
  showReadings = false,
}: {
  readonly state: OperationState | undefined;
  /** Named in the line where nothing around it does. */
  readonly path?: string | undefined;
  readonly showReadings?: boolean;
}) {
  if (state === undefined) return null;
  const verb = path ? `${verbWords[state.verb]} ${path}` : verbWords[state.verb];
  if (state.kind === "waiting") {
    return (
      <p role="status" className="flex items-center gap-1.5 text-xs text-muted-foreground">
        <Loader2 className="size-3.5 animate-spin" aria-hidden="true" />
        {verb}: waiting for the light…
      </p>
    );
  }
  const { outcome } = state;
  if (outcome.kind === "failed") {
    return (
      <p role="status" className="flex items-start gap-1.5 text-xs whitespace-normal text-bad">
        <CircleX className="mt-px size-3.5 shrink-0" aria-hidden="true" />
        <span>
          {verb} failed. {outcome.message}
        </span>
      </p>
    );
  }
  if (outcome.kind === "queued") {
    return (
      <p role="status" className="flex items-center gap-1.5 text-xs text-wait">
        <Clock className="size-3.5 shrink-0" aria-hidden="true" />
        {verb}: the light sleeps, it is sent when it wakes
      </p>
    );
  }
  return (
    <div role="status" className="flex flex-col gap-1">
      <p className="flex items-center gap-1.5 text-xs text-good">
        <CircleCheck className="size-3.5 shrink-0" aria-hidden="true" />
        {verb} succeeded in {Math.round(outcome.milliseconds)} ms
      </p>
      {showReadings && outcome.readings.length > 0 ? (
        <dl className="grid max-h-64 grid-cols-[auto_1fr] gap-x-4 gap-y-0.5 overflow-y-auto rounded-md bg-surface-muted p-2 text-xs">
          {outcome.readings.map((reading) => (
            <div key={reading.path} className="contents">
              <dt className="font-mono text-muted-foreground">{reading.path}</dt>
              <dd className="break-all">{showWire(reading.value)}</dd>
            </div>
          ))}
        </dl>
      ) : null}
      {outcome.text ? (
        <pre className="max-h-64 overflow-auto rounded-md bg-surface-muted p-2 font-mono text-xs whitespace-pre-wrap">
          {outcome.text}
        </pre>
      ) : null}
    </div>
  );
}
