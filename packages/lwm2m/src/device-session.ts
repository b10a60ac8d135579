import type { RequestOutcome } from "@lamplighter/coap/endpoint";
import { Alarm, type TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { type Duration, milliseconds } from "@lamplighter/runtime/duration";
import type { Observations } from "./observations.ts";
import type { Registration } from "./registration.ts";

/** How long a device in queue mode is taken to be awake after it was last heard (OMA TS Core 1.1 §6.5: MAX_TRANSMIT_WAIT). */
export const awakeWindow: Duration = milliseconds(93_000);
/** Requests that may wait in one lane of one device. Beyond, a new one is refused at once. */
export const waitingPerLaneMax = 64;

const none: readonly never[] = [];

/** Starts a request and returns how to stop it; `done` is called once it ended. */
export type StartExchange = (done: (outcome: RequestOutcome) => void) => Cancel;

/**
 * Where a request waits for its turn. Transfers of many blocks have a lane of their own: the endpoint lets other
 * requests in between two blocks, and so a firmware push of an hour keeps nobody from reading.
 */
export type LaneName = "request" | "transfer";

type Lanes = Readonly<Record<LaneName, Lane>>;

const idleLanes = (): Lanes => ({
  request: { waiting: [], active: undefined },
  transfer: { waiting: [], active: undefined },
});

/** How an exchange with a device ended: as CoAP says, or before it was sent. */
export type ExchangeOutcome =
  | { readonly kind: "answered"; readonly outcome: RequestOutcome; readonly roundTrip: Duration }
  /** Its turn did not come, or the device did not wake, within the time allowed. */
  | { readonly kind: "waited-out" }
  | { readonly kind: "ended"; readonly why: string };

interface Waiting {
  readonly start: StartExchange;
  readonly done: (outcome: ExchangeOutcome) => void;
  readonly alarm: Alarm;
}

interface Lane {
  readonly waiting: Waiting[];
  active: { readonly cancel: Cancel; readonly finish: (outcome: ExchangeOutcome) => void } | undefined;
}

/**
 * What the server holds of one registered device, beside its registration: whose turn it is, whether it is awake, what
 * it was found not to understand.
 *
 * One request at a time (RFC 7252 §4.7, NSTART 1); the others wait their turn, and in queue mode for the device to wake.
 */
export class DeviceSession {
  registration: Registration;
  /** The newest registration asked for; differs from `registration` while a change is being saved. */
  proposed: Registration;
  savesUnderWay = 0;
  readonly expiry: Alarm;
  readonly observations: Observations;
  #refusedFormats: readonly number[] = none;
  /** It was found not to know composite operations, by its silence. */
  hasNoComposite = false;
  readonly #clock: Clock;
  readonly #wheel: TimingWheel;
  readonly #onHeard: (session: DeviceSession) => void;
  /** Only while something waits or is under way: most devices are idle most of the time. */
  #lanes: Lanes | undefined;
  #heardAt: number;
  /** It did not answer: asleep, whatever its window says, until it is heard again. */
  #isSilent = false;
  /** Nothing is sent before the device was answered, nor after it left. */
  #phase: "unanswered" | "open" | "ended" = "unanswered";

  constructor(options: {
    readonly registration: Registration;
    readonly clock: Clock;
    readonly wheel: TimingWheel;
    readonly observations: Observations;
    readonly onExpiry: (session: DeviceSession) => void;
    /** Called when something came from the device, after it was answered. */
    readonly onHeard: (session: DeviceSession) => void;
    /** When the device was last heard, on the monotonic clock. */
    readonly heardAt: number;
  }) {
    this.registration = options.registration;
    this.proposed = options.registration;
    this.observations = options.observations;
    this.#clock = options.clock;
    this.#wheel = options.wheel;
    this.#heardAt = options.heardAt;
    this.#onHeard = options.onHeard;
    const { onExpiry } = options;
    this.expiry = new Alarm(() => onExpiry(this));
  }

  /** Content formats that the device refused once; asked for last from then on. */
  get refusedFormats(): readonly number[] {
    return this.#refusedFormats;
  }

  get ended(): boolean {
    return this.#phase === "ended";
  }

  /** Whether the device may be asked something now. Without queue mode it always listens. */
  get awake(): boolean {
    return !this.registration.queueMode || this.awakeFor > 0;
  }

  /** How long a device in queue mode still listens, unless it is heard again; nothing once it is asleep. */
  get awakeFor(): Duration {
    return milliseconds(this.#isSilent ? 0 : Math.max(0, awakeWindow - this.silentFor));
  }

  /** How long ago it was last heard. */
  get silentFor(): Duration {
    return milliseconds(this.#clock.monotonic() - this.#heardAt);
  }

  /** The device has its answer, now or before our restart: from here on it may be asked things. */
  open(): void {
    if (this.#phase === "unanswered") this.#phase = "open";
    this.#next();
    this.#onHeard(this);
  }

  /** Something came from the device: its awake window starts again. */
  heard(): void {
    this.#noteHeard();
    this.#next();
    if (this.#phase === "open") this.#onHeard(this);
  }

  /** Starts an exchange when its turn comes. `done` is called exactly once. */
  exchange(
    { start, waitMax, lane: laneName = "request" }: ExchangeRequest,
    done: (outcome: ExchangeOutcome) => void,
  ): void {
    if (this.#phase === "ended") {
      done({ kind: "ended", why: "The device is not registered any more." });
      return;
    }
    this.#lanes ??= idleLanes();
    const lane = this.#lanes[laneName];
    if (lane.waiting.length >= waitingPerLaneMax) {
      done({ kind: "ended", why: `${waitingPerLaneMax} requests wait for this device already.` });
      return;
    }
    const waiting: Waiting = {
      start,
      done,
      alarm: new Alarm(() => {
        lane.waiting.splice(lane.waiting.indexOf(waiting), 1);
        done({ kind: "waited-out" });
      }),
    };
    lane.waiting.push(waiting);
    this.#next();
    if (lane.waiting.includes(waiting)) this.#wheel.set(waiting.alarm, waitMax);
  }

  /** The device refused a content format: it is asked for last from now on. */
  refuseFormat(format: number): void {
    if (!this.#refusedFormats.includes(format)) this.#refusedFormats = this.#refusedFormats.concat([format]);
  }

  /** Ends everything under way: the device left, or came back as if new. */
  end(why: string): void {
    this.#phase = "ended";
    this.#wheel.clear(this.expiry);
    const lanes = this.#lanes;
    this.#lanes = undefined;
    for (const lane of Object.values(lanes ?? {})) {
      const { active } = lane;
      lane.active = undefined;
      active?.finish({ kind: "ended", why });
      active?.cancel();
      for (const waiting of lane.waiting.splice(0)) {
        this.#wheel.clear(waiting.alarm);
        waiting.done({ kind: "ended", why });
      }
    }
  }

  #next(): void {
    const lanes = this.#lanes;
    if (!lanes) return;
    for (const lane of Object.values(lanes)) {
      while (this.#phase === "open" && !lane.active && this.awake) {
        const waiting = lane.waiting.shift();
        if (!waiting) break;
        this.#wheel.clear(waiting.alarm);
        this.#begin(lane, waiting);
      }
    }
    const isIdle = Object.values(lanes).every(({ waiting, active }) => waiting.length === 0 && !active);
    if (isIdle && this.#lanes === lanes) this.#lanes = undefined;
  }

  #begin(lane: Lane, { start, done }: Waiting): void {
    const startedAt = this.#clock.monotonic();
    let finished = false;
    let cancel: Cancel | undefined;
    const active = {
      cancel: () => cancel?.(),
      finish: (outcome: ExchangeOutcome) => {
        if (finished) return;
        finished = true;
        done(outcome);
      },
    };
    lane.active = active;
    cancel = start((outcome) => {
      if (lane.active === active) lane.active = undefined;
      // Silence in queue mode means asleep: what else waits, waits for the next sign of life (OMA TS Core 1.1 §6.5).
      if (outcome.kind === "timed-out" && !outcome.acknowledged) this.#isSilent = true;
      else if (outcome.kind === "response") this.#noteHeard();
      active.finish({ kind: "answered", outcome, roundTrip: milliseconds(this.#clock.monotonic() - startedAt) });
      this.#next();
      if (outcome.kind === "response" && this.#phase === "open") this.#onHeard(this);
    });
  }

  #noteHeard(): void {
    this.#heardAt = this.#clock.monotonic();
    this.#isSilent = false;
  }
}

export interface ExchangeRequest {
  readonly start: StartExchange;
  /** How long it may wait for its turn, or for the device to wake. */
  readonly waitMax: Duration;
  readonly lane?: LaneName;
}
