import { Alarm, type TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Clock } from "@lamplighter/runtime/clock";
import { type Duration, hours, minutes, seconds } from "@lamplighter/runtime/duration";
import type { DeviceSession } from "./device-session.ts";
import type { Observation } from "./observations.ts";

/** Least time between the first two rounds in which the observations of one device are asked for again; each round doubles it. */
export const refreshPauseMin: Duration = seconds(30);
/** The pause grows no further than this; a device that gave no cause for doubt for so long starts at the least again. */
export const refreshPauseMax: Duration = minutes(16);
/**
 * An observation of which nothing came for so long is asked for again after the device's next Update: a device that told
 * something while the path to us was cut has given up (RFC 7641 §4.5), and its Updates do not say so.
 */
const silenceMax: Duration = hours(6);
/** The same for one that was to tell at least every so many seconds, by the pmax of its Observe (LwM2M 1.2). */
const silenceMaxOf = (pmax: number): number => Math.min(silenceMax, 2_000 * pmax + notificationPatience);
/** MAX_TRANSMIT_WAIT (RFC 7252 §4.8.2): so long one notification may be on its way. */
const notificationPatience: Duration = seconds(93);

/** Whether an observation was silent for longer than one that lives should be. */
export function isTooSilent({ heardAt, target }: Pick<Observation, "heardAt" | "target">, now: number): boolean {
  const [, pmax = "0"] = (target.kind === "single" && /(?:^| )pmax=(\d+)(?: |$)/.exec(target.query.join(" "))) || [];
  return now - heardAt >= (Number(pmax) > 0 ? silenceMaxOf(Number(pmax)) : silenceMax);
}

/** How the rounds of one device are spaced. Only devices that gave cause for doubt have one. */
interface Pace {
  pause: number;
  /** Monotonic; no round before. */
  nextAt: number;
  /** Only once a round had to wait: after a restart of ours each device has a pace. */
  alarm: Alarm | undefined;
}

/**
 * Decides when the observations of a device are asked for again because it may hold other ones than we think.
 *
 * A round costs the device one request per observation, and what gives cause for it may be forged by anybody: so a round
 * begins at once only when there was none lately, and however much cause is given, at most one waits for the pause to end.
 */
export class ObservationDoubts {
  readonly #clock: Clock;
  readonly #wheel: TimingWheel;
  readonly #begin: (session: DeviceSession) => void;
  readonly #paces = new WeakMap<DeviceSession, Pace>();

  constructor(parts: {
    readonly clock: Clock;
    readonly wheel: TimingWheel;
    /** Asks for everything again that the device should hold. */
    readonly begin: (session: DeviceSession) => void;
  }) {
    this.#clock = parts.clock;
    this.#wheel = parts.wheel;
    this.#begin = parts.begin;
  }

  /** There is cause for doubt, and the device listens: a round is due as soon as the pause allows. */
  raise(session: DeviceSession): void {
    this.note(session);
    // As often as a round may begin, and no oftener: forged signs of life must not have a sleeping device asked all the time.
    if (this.#clock.monotonic() >= this.#paceOf(session).nextAt) session.heard();
    this.settle(session);
  }

  /** There is cause for doubt, but no sense in asking before the next sign of life. */
  note(session: DeviceSession): void {
    session.observations.isDoubtful = true;
  }

  /** A sign of life: what is in doubt is asked for again, now, or when the pause is over if the device still listens then. */
  settle(session: DeviceSession): void {
    const { observations, registration } = session;
    if (!observations.isDoubtful || session.ended || registration.pending) return;
    const now = this.#clock.monotonic();
    const pace = this.#paceOf(session);
    if (now < pace.nextAt) {
      // Whoever fell asleep meanwhile is asked at the next sign of life.
      pace.alarm ??= new Alarm(() => session.awake && this.settle(session));
      this.#wheel.set(pace.alarm, pace.nextAt - now);
      return;
    }
    if (now >= pace.nextAt + refreshPauseMax) pace.pause = refreshPauseMin;
    pace.nextAt = now + pace.pause;
    pace.pause = Math.min(2 * pace.pause, refreshPauseMax);
    observations.isDoubtful = false;
    this.#begin(session);
  }

  #paceOf(session: DeviceSession): Pace {
    let pace = this.#paces.get(session);
    if (!pace) {
      pace = { pause: refreshPauseMin, nextAt: 0, alarm: undefined };
      this.#paces.set(session, pace);
    }
    return pace;
  }

  /** Lets go of a device that is gone. */
  drop(session: DeviceSession): void {
    const pace = this.#paces.get(session);
    if (pace?.alarm) this.#wheel.clear(pace.alarm);
  }
}
