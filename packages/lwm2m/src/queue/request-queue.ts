import { Alarm, type TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import { randomId } from "../random-id.ts";
import {
  type Delivery,
  type DeviceQueue,
  emptyQueue,
  nextQueue,
  type QueueEvent,
  type QueueStep,
  restoredQueue,
} from "./device-queue.ts";
import { defaultQueueLimits, type QueueLimits } from "./queue-limits.ts";
import { bytesOf, isLive, type QueuedOperation, type QueuedRequest } from "./queued-request.ts";
import type { QueuedRequestStore } from "./queued-request-store.ts";

/** What may be done with a device now, as far as its queue must know. */
export type Listening = "not-registered" | "pending" | "always" | "awake" | "asleep";

export interface RequestQueueOptions {
  readonly store: QueuedRequestStore;
  readonly account: string;
  readonly clock: Clock;
  readonly wheel: TimingWheel;
  readonly random: Random;
  readonly log: Log;
  readonly listening: (endpoint: string) => Listening;
  /** Asks the device. */
  readonly deliver: (request: QueuedRequest) => Promise<Delivery>;
  /** A queue is not what it was: a request came, left or ended. `ended` is told once of each. */
  readonly onChanged: (endpoint: string, ended?: QueuedRequest) => void;
  readonly limits?: Partial<QueueLimits>;
}

/** Whether a request was taken into the queue, or why not. */
export type Queued =
  | { readonly kind: "queued"; readonly request: QueuedRequest }
  | { readonly kind: "refused"; readonly reason: QueueRefusal; readonly why: string };

/** `not-stored`: the store failed, and nothing was queued. The others are what their limit or the device says. */
export type QueueRefusal =
  | "not-registered"
  | "pending"
  | "not-queue-mode"
  | "full"
  | "too-large"
  | "no-room"
  | "not-stored";

interface Kept {
  queue: DeviceQueue;
  /** The newest at the end. */
  ended: QueuedRequest[];
  readonly alarm: Alarm;
}

/**
 * Requests for devices in queue mode that wait until these wake (OMA TS Core 1.1 §6.5).
 *
 * What is queued is stored first. It belongs to the account and the endpoint, and so outlives a registration and a restart.
 */
export class RequestQueue {
  readonly #options: RequestQueueOptions;
  readonly #limits: QueueLimits;
  readonly #kept = new Map<string, Kept>();
  /** Ended requests of all devices, the oldest first: id to endpoint. */
  readonly #ended = new Map<string, string>();
  readonly #writes = new Set<Promise<unknown>>();
  /** Places in queues given to requests that are being stored. */
  readonly #reserved = new Map<string, number>();
  #bytes = 0;
  #position = 0;
  #isRunning = false;

  constructor(options: RequestQueueOptions) {
    this.#options = options;
    this.#limits = { ...defaultQueueLimits, ...options.limits };
  }

  /** Takes up what the store has. Rejects when it cannot be read. */
  async start(): Promise<void> {
    const { store, account } = this.#options;
    const stored = await store.load(account);
    this.#isRunning = true;
    for (const [endpoint, requests] of Map.groupBy(stored, (request) => request.endpoint)) {
      const kept = this.#keptOf(endpoint);
      for (const request of requests) {
        this.#position = Math.max(this.#position, request.position);
        if (isLive(request)) this.#bytes += bytesOf(request.operation);
        else this.#remember(kept, request);
      }
      this.#enter(endpoint, kept, restoredQueue(requests.filter(isLive), this.#now()));
      this.look(endpoint);
    }
  }

  /** Sends nothing any more, and waits for what is being written. */
  async stop(): Promise<void> {
    // What was under way just ended with its device's session, and still has to be written down.
    for (let turn = 0; turn < turnsToEnd; turn++) await Promise.resolve();
    this.#isRunning = false;
    for (const { alarm } of this.#kept.values()) this.#options.wheel.clear(alarm);
    await Promise.allSettled([...this.#writes]);
  }

  /** Queues a request for a device in queue mode, awake or not. */
  async ask(
    endpoint: string,
    operation: QueuedOperation,
    { by, expiry = this.#limits.expiry }: { readonly by: string; readonly expiry?: Duration },
  ): Promise<Queued> {
    const bytes = bytesOf(operation);
    const refusal = this.#refusal(endpoint, bytes);
    if (refusal) return { kind: "refused", ...refusal };
    const { account, random, store, log } = this.#options;
    const now = this.#now();
    const request: QueuedRequest = {
      id: randomId(random),
      account,
      endpoint,
      position: ++this.#position,
      operation,
      askedAt: now,
      askedBy: by,
      expiresAt: now + Math.min(expiry, this.#limits.expiryMax),
      state: "waiting",
      attempts: 0,
    };
    this.#bytes += bytes;
    this.#reserved.set(endpoint, (this.#reserved.get(endpoint) ?? 0) + 1);
    const isSafe = await this.#write(store.save(request));
    const left = (this.#reserved.get(endpoint) ?? 1) - 1;
    if (left > 0) this.#reserved.set(endpoint, left);
    else this.#reserved.delete(endpoint);
    if (!isSafe) {
      this.#bytes -= bytes;
      log.error("a request could not be queued", { endpoint });
      return { kind: "refused", reason: "not-stored", why: "The request could not be stored. Try again." };
    }
    this.#take(endpoint, { kind: "asked", request });
    this.#options.onChanged(endpoint);
    return { kind: "queued", request };
  }

  /** Takes back a request. One that is under way cannot be: `under-way`. */
  cancel(endpoint: string, id: string): "cancelled" | "under-way" | "unknown" {
    const request = this.#kept.get(endpoint)?.queue.live.find((each) => each.id === id);
    if (!request) return "unknown";
    if (request.state === "sent") return "under-way";
    this.#take(endpoint, { kind: "cancelled", id, now: this.#now() });
    return "cancelled";
  }

  /** What waits for a device in the order it goes out, and then what ended, newest first. */
  list(endpoint: string): readonly QueuedRequest[] {
    const kept = this.#kept.get(endpoint);
    return kept ? [...kept.queue.live, ...kept.ended.toReversed()] : [];
  }

  /** How many requests wait for a device. */
  waiting(endpoint: string): number {
    return this.#kept.get(endpoint)?.queue.live.length ?? 0;
  }

  /** Forgets everything of a device that is gone for good. */
  forget(endpoint: string): void {
    const kept = this.#kept.get(endpoint);
    if (!kept) return;
    this.#kept.delete(endpoint);
    this.#options.wheel.clear(kept.alarm);
    for (const { operation } of kept.queue.live) this.#bytes -= bytesOf(operation);
    for (const { id } of kept.ended) this.#ended.delete(id);
    const ids = [...kept.queue.live, ...kept.ended].map(({ id }) => id);
    void this.#write(this.#options.store.remove(ids));
  }

  /** The device was heard, or something else makes it worth looking whether the next request can go. */
  look(endpoint: string): void {
    if (!this.#isRunning || !this.#kept.has(endpoint)) return;
    const listening = this.#options.listening(endpoint);
    const isAwake = listening === "awake" || listening === "always";
    this.#take(endpoint, { kind: "look", isAwake, now: this.#now() });
  }

  #refusal(endpoint: string, bytes: number): { reason: QueueRefusal; why: string } | undefined {
    const { entriesPerDeviceMax, entryBytesMax, bytesMax } = this.#limits;
    const listening = this.#options.listening(endpoint);
    if (listening === "not-registered") return { reason: listening, why: "The device is not registered." };
    if (listening === "pending") return { reason: listening, why: "The device waits for a person to accept it." };
    if (listening === "always") {
      return { reason: "not-queue-mode", why: "The device does not use queue mode: it always listens." };
    }
    if (this.waiting(endpoint) + (this.#reserved.get(endpoint) ?? 0) >= entriesPerDeviceMax) {
      return { reason: "full", why: `${entriesPerDeviceMax} requests wait for this device already.` };
    }
    if (bytes > entryBytesMax) {
      return {
        reason: "too-large",
        why: `It has ${bytes} bytes; a queued request may have ${entryBytesMax}. Packages are brought by a campaign, or as software.`,
      };
    }
    if (this.#bytes + bytes > bytesMax) {
      return { reason: "no-room", why: "The requests that wait for sleeping devices fill all the room there is." };
    }
    return undefined;
  }

  #take(endpoint: string, event: QueueEvent): void {
    const kept = this.#keptOf(endpoint);
    this.#enter(endpoint, kept, nextQueue(kept.queue, event));
  }

  #enter(endpoint: string, kept: Kept, { queue, effects }: QueueStep): void {
    kept.queue = queue;
    const { store, log, onChanged } = this.#options;
    let isDue = false;
    for (const effect of effects) {
      switch (effect.kind) {
        case "mark":
          void this.#mark(endpoint, effect.request);
          onChanged(endpoint);
          break;
        case "deliver":
          void this.#deliver(endpoint, effect.request);
          break;
        case "save":
          void this.#write(store.save(effect.request));
          onChanged(endpoint);
          break;
        case "end":
          this.#bytes -= bytesOf(effect.request.operation);
          this.#remember(kept, effect.request);
          void this.#write(store.save(effect.request)).then((isSafe) => {
            // At worst it is repeated, or told as uncertain, after a restart.
            if (!isSafe) log.error("the end of a queued request could not be stored", { endpoint });
          });
          onChanged(endpoint, effect.request);
          break;
        case "look":
          isDue = true;
      }
    }
    this.#arm(kept);
    if (isDue) this.look(endpoint);
    if (kept.queue.live.length === 0 && kept.ended.length === 0) this.#kept.delete(endpoint);
  }

  async #mark(endpoint: string, request: QueuedRequest): Promise<void> {
    const isSafe = await this.#write(this.#options.store.save(request));
    if (!isSafe) this.#options.log.error("a queued request could not be marked as sent, and waits", { endpoint });
    if (this.#isRunning && this.#kept.has(endpoint)) this.#take(endpoint, { kind: "marked", isSafe });
  }

  async #deliver(endpoint: string, request: QueuedRequest): Promise<void> {
    const delivery = await this.#options.deliver(request);
    // Once we stopped the store is what counts: it says that the request was sent.
    if (!this.#isRunning || this.#kept.get(endpoint)?.queue.live[0]?.id !== request.id) return;
    const { attemptsMax } = this.#limits;
    this.#take(endpoint, { kind: "returned", delivery, now: this.#now(), attemptsMax });
  }

  /** Keeps an ended request to be looked at, and forgets the oldest where there are too many. */
  #remember(kept: Kept, request: QueuedRequest): void {
    kept.ended.push(request);
    this.#ended.set(request.id, request.endpoint);
    const forgotten: string[] = [];
    if (kept.ended.length > this.#limits.endedPerDeviceMax) {
      const oldest = kept.ended.shift();
      if (oldest) forgotten.push(oldest.id);
    }
    for (const [id, endpoint] of this.#ended) {
      if (this.#ended.size - forgotten.length <= this.#limits.endedMax) break;
      const other = this.#kept.get(endpoint);
      if (other) other.ended = other.ended.filter((each) => each.id !== id);
      forgotten.push(id);
    }
    for (const id of forgotten) this.#ended.delete(id);
    if (forgotten.length > 0) void this.#write(this.#options.store.remove(forgotten));
  }

  #arm({ queue, alarm }: Kept): void {
    const { wheel } = this.#options;
    const waiting = queue.live.filter(({ state }) => state === "waiting");
    const soonest = Math.min(...waiting.map(({ expiresAt }) => expiresAt));
    if (soonest === Number.POSITIVE_INFINITY || !this.#isRunning) wheel.clear(alarm);
    else wheel.set(alarm, milliseconds(Math.max(1, soonest - this.#now())));
  }

  #keptOf(endpoint: string): Kept {
    let kept = this.#kept.get(endpoint);
    if (!kept) {
      kept = { queue: emptyQueue, ended: [], alarm: new Alarm(() => this.look(endpoint)) };
      this.#kept.set(endpoint, kept);
    }
    return kept;
  }

  /** Waits for a write; false when it failed. */
  async #write(write: Promise<void>): Promise<boolean> {
    this.#writes.add(write);
    try {
      await write;
      return true;
    } catch (error) {
      this.#options.log.warn("the queue of a device could not be written", { error: String(error) });
      return false;
    } finally {
      this.#writes.delete(write);
    }
  }

  #now(): number {
    return this.#options.clock.now().getTime();
  }
}

/** Promise turns within which an operation whose session ended has told so. */
const turnsToEnd = 30;
