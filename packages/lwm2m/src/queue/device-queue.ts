import { mayRepeat, type QueuedRequest, type QueuedResult, type QueuedState } from "./queued-request.ts";

/** The queue of one device. The head is the only request that may be under way. */
export interface DeviceQueue {
  /** Requests that wait or are under way, in the order they go out. */
  readonly live: readonly QueuedRequest[];
  /** `marking`: that the head is sent is being stored. `delivering`: the device was asked. */
  readonly phase: "idle" | "marking" | "delivering";
  /** The device was heard while the head was under way: once that ends without an answer, it is worth another look. */
  readonly wasHeard: boolean;
}

export const emptyQueue: DeviceQueue = { live: [], phase: "idle", wasHeard: false };

/** How asking the device ended. */
export type Delivery =
  /** It answered: with what was asked, with an error, or unreadably. */
  | { readonly kind: "answered"; readonly result: QueuedResult }
  /** Our own check refused it: it can never be sent. */
  | { readonly kind: "refused"; readonly result: QueuedResult }
  /** It left and nothing came back: the device fell asleep, or left. */
  | { readonly kind: "unanswered" }
  /** It did not leave: its turn did not come. */
  | { readonly kind: "unsent" };

export type QueueEvent =
  /** A request that is stored already. */
  | { readonly kind: "asked"; readonly request: QueuedRequest }
  /** The device was heard, time passed, or something else makes it worth looking. */
  | { readonly kind: "look"; readonly isAwake: boolean; readonly now: number }
  /** The store answered that the head is marked as sent; or could not. */
  | { readonly kind: "marked"; readonly isSafe: boolean }
  | { readonly kind: "returned"; readonly delivery: Delivery; readonly now: number; readonly attemptsMax: number }
  /** A person takes back a request that is not under way. */
  | { readonly kind: "cancelled"; readonly id: string; readonly now: number };

export type QueueEffect =
  /** Store that it is sent; then tell `marked`. */
  | { readonly kind: "mark"; readonly request: QueuedRequest }
  /** Ask the device; then tell `returned`. */
  | { readonly kind: "deliver"; readonly request: QueuedRequest }
  | { readonly kind: "save"; readonly request: QueuedRequest }
  /** Store its end, and tell of it. */
  | { readonly kind: "end"; readonly request: QueuedRequest }
  /** Tell `look` again. */
  | { readonly kind: "look" };

export interface QueueStep {
  readonly queue: DeviceQueue;
  readonly effects: readonly QueueEffect[];
}

/**
 * What becomes of a device's queue when something happens (OMA TS Core 1.1 §6.5): one request at a time, in order, only
 * while the device is awake.
 *
 * A request is marked as sent before it leaves. Without an answer it stays at the head for the next time the device is
 * heard, up to a number of attempts; one that may not be repeated ends as `uncertain` instead.
 */
export function nextQueue(queue: DeviceQueue, event: QueueEvent): QueueStep {
  switch (event.kind) {
    case "asked":
      return { queue: { ...queue, live: placed(queue, event.request) }, effects: [{ kind: "look" }] };
    case "look":
      return look(queue, event);
    case "marked":
      return marked(queue, event.isSafe);
    case "returned":
      return returned(queue, event);
    case "cancelled":
      return cancelled(queue, event);
  }
}

/** A store may answer later for what was asked first: each request stands where it was asked, but never before what is under way. */
function placed({ live, phase }: DeviceQueue, request: QueuedRequest): QueuedRequest[] {
  const next = live.findIndex((each, at) => each.position > request.position && (at > 0 || phase === "idle"));
  return next < 0 ? [...live, request] : live.toSpliced(next, 0, request);
}

/** A queue as the store had it after a restart: what was under way is repeated only if that comes to the same. */
export function restoredQueue(live: readonly QueuedRequest[], now: number): QueueStep {
  const effects: QueueEffect[] = [];
  const waiting: QueuedRequest[] = [];
  for (const request of live) {
    if (request.state === "waiting") waiting.push(request);
    else if (mayRepeat(request.operation)) waiting.push({ ...request, state: "waiting" });
    else effects.push({ kind: "end", request: ended(request, { state: "uncertain", now, result: cutShort }) });
  }
  return { queue: { ...emptyQueue, live: waiting }, effects };
}

function look(queue: DeviceQueue, { isAwake, now }: { isAwake: boolean; now: number }): QueueStep {
  const { live, phase } = queue;
  const underWay = phase === "idle" ? undefined : live[0];
  const isOver = (request: QueuedRequest) => request !== underWay && request.expiresAt <= now;
  const effects: QueueEffect[] = live
    .filter(isOver)
    .map((request) => ({ kind: "end", request: ended(request, { state: "expired", now, result: tooLate }) }));
  const rest = live.filter((request) => !isOver(request));
  const [head, ...others] = rest;
  if (underWay) return { queue: { ...queue, live: rest, wasHeard: queue.wasHeard || isAwake }, effects };
  if (!head || !isAwake) return { queue: { ...queue, live: rest }, effects };
  const sent: QueuedRequest = { ...head, state: "sent", attempts: head.attempts + 1 };
  return {
    queue: { live: [sent, ...others], phase: "marking", wasHeard: false },
    effects: [...effects, { kind: "mark", request: sent }],
  };
}

function marked(queue: DeviceQueue, isSafe: boolean): QueueStep {
  const [head, ...others] = queue.live;
  if (!head || queue.phase !== "marking") return { queue, effects: [] };
  if (isSafe) return { queue: { ...queue, phase: "delivering" }, effects: [{ kind: "deliver", request: head }] };
  // Nothing left: the next sign of life finds it as it was.
  const back: QueuedRequest = { ...head, state: "waiting", attempts: head.attempts - 1 };
  return { queue: { ...emptyQueue, live: [back, ...others] }, effects: [] };
}

function returned(queue: DeviceQueue, event: Extract<QueueEvent, { kind: "returned" }>): QueueStep {
  const [head, ...others] = queue.live;
  if (!head || queue.phase !== "delivering") return { queue, effects: [] };
  const { delivery, now, attemptsMax } = event;
  const end = (state: QueuedState, result: QueuedResult): QueueStep => ({
    queue: { ...emptyQueue, live: others },
    effects: [{ kind: "end", request: ended(head, { state, now, result }) }, { kind: "look" }],
  });
  switch (delivery.kind) {
    case "answered":
      return end("delivered", delivery.result);
    case "refused":
      return end("failed", delivery.result);
    case "unsent":
      return again(queue, { ...head, attempts: head.attempts - 1 });
    case "unanswered":
      if (!mayRepeat(head.operation)) return end("uncertain", noAnswer);
      if (head.attempts < attemptsMax) return again(queue, head);
      return end("failed", {
        code: "timed-out",
        message: `It was sent ${head.attempts} times, and the device never answered.`,
      });
  }
}

/** Back to the head of the queue, for the next time the device is heard. */
function again({ live, wasHeard }: DeviceQueue, head: QueuedRequest): QueueStep {
  const request: QueuedRequest = { ...head, state: "waiting" };
  return {
    queue: { ...emptyQueue, live: [request, ...live.slice(1)] },
    effects: [{ kind: "save", request }, ...(wasHeard ? [{ kind: "look" } as const] : [])],
  };
}

function cancelled(queue: DeviceQueue, { id, now }: { id: string; now: number }): QueueStep {
  const request = queue.live.find((each) => each.id === id && each.state === "waiting");
  if (!request) return { queue, effects: [] };
  const result = { code: "cancelled", message: "It was taken back before it was sent." };
  return {
    queue: { ...queue, live: queue.live.filter((each) => each !== request) },
    effects: [{ kind: "end", request: ended(request, { state: "cancelled", now, result }) }],
  };
}

function ended(
  request: QueuedRequest,
  { state, now, result }: { state: QueuedState; now: number; result: QueuedResult },
): QueuedRequest {
  return { ...request, state, endedAt: now, result };
}

const tooLate: QueuedResult = { code: "expired", message: "The device did not wake in time." };
const cutShort: QueuedResult = {
  code: "uncertain",
  message: "The server restarted while it was under way. It may have been carried out, and is not repeated.",
};
const noAnswer: QueuedResult = {
  code: "uncertain",
  message: "It was sent and not answered. It may have been carried out, and is not repeated.",
};
