import { FETCH, formatCode, GET, isSuccess } from "@lamplighter/coap/code";
import type {
  CoapEndpoint,
  LiveObservation,
  Notification,
  ObservationEnd,
  ObservationListener,
  RequestOutcome,
} from "@lamplighter/coap/endpoint";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import { compositePatience, type ObservationTarget, parseTarget } from "./composite-target.ts";
import { decodeContent } from "./content.ts";
import type { Lwm2mCounters } from "./counters.ts";
import type { DeviceSession, StartExchange } from "./device-session.ts";
import { encodePaths } from "./formats/composite.ts";
import { malformedFrom } from "./malformed-input.ts";
import type { DeviceModels } from "./object-version.ts";
import { isTooSilent } from "./observation-doubts.ts";
import type { Observation } from "./observations.ts";
import { namePrefix, type PackReader } from "./pack-reader.ts";
import { formatPath } from "./path.ts";
import type { RegistrationStore, StoredObservation } from "./registration-store.ts";
import type { ServerEvent } from "./server-event.ts";

/** Paths that may be observed at one device. Beyond, a further one is refused. */
export const observationsPerDeviceMax = 64;

/** Different targets that are kept to be shared by many devices. */
const targetsMax = 4_096;

export interface ObservationKeeperOptions {
  readonly endpoint: CoapEndpoint;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: RegistrationStore;
  readonly models: DeviceModels;
  readonly packs: PackReader;
  readonly counters: Lwm2mCounters;
  readonly onEvent: (event: ServerEvent) => void;
  /** A device may have lost what it held for us, and does not listen where we think. */
  readonly onDoubt: (session: DeviceSession) => void;
}

/** Keeps the observations that devices hold for us: starts them, follows a device to a new address, survives our restart. */
export class ObservationKeeper {
  readonly #options: ObservationKeeperOptions;
  readonly #targets = new Map<string, ObservationTarget>();
  readonly #tell: Tell = {
    notification: (held, notification) => this.#notified(held.session, held, notification),
    end: (held, why) => this.#ended(held, why),
    // It has moved, and says so with its next Update. Until it does nobody acknowledges it, and it may give up.
    elsewhere: ({ session }) => this.#options.onDoubt(session),
    lost: ({ session }) => this.#options.onDoubt(session),
  };

  constructor(options: ObservationKeeperOptions) {
    this.#options = options;
  }

  /** How to ask a device to observe `path`; fits {@link DeviceSession.exchange}. */
  starting(session: DeviceSession, target: ObservationTarget, accept: number): StartExchange {
    return (done) => {
      const observation = this.#hold(session, target, accept);
      // Two may have asked for the same path before either had its turn.
      const former = session.observations.find(target.key);
      if (former) this.forget(session, former);
      session.observations.add(observation);
      observation.first = (outcome) => {
        const holds = outcome.kind === "response" && isSuccess(outcome.code) && hasObserve(outcome.options);
        if (!session.observations.holds(observation)) live.forget();
        else if (holds) this.#keep(session, observation, live);
        else {
          session.observations.remove(observation);
          live.forget();
        }
        done(outcome);
      };
      const request = requestOf(session, observation.target, accept);
      const live = this.#options.endpoint.observe(request, observation);
      return () => {
        session.observations.remove(observation);
        live.forget();
      };
    };
  }

  /** Of which nothing came for longer than is to be believed. */
  silent(session: DeviceSession): Observation[] {
    const now = this.#options.clock.monotonic();
    return session.observations.held().filter((held) => held.live && isTooSilent(held, now));
  }

  /** How to ask a device again for what it should hold, under the same token. An answer that does not observe ends it. */
  refreshing(session: DeviceSession, observation: Observation): StartExchange {
    return (done) => {
      const { live } = observation;
      if (!live || !session.observations.holds(observation)) {
        done({ kind: "cancelled" });
        return () => {};
      }
      observation.heardAt = this.#options.clock.monotonic();
      return live.refresh((outcome) => {
        const isAnswer = outcome.kind === "response";
        const holds = isAnswer && isSuccess(outcome.code) && hasObserve(outcome.options);
        if (isAnswer && !holds) this.#ended(observation as Held, "refused");
        done(outcome);
      });
    };
  }

  /** Takes up what the store says a device still holds for us. Observations of unknown registrations, and unreadable ones, are dropped. */
  restore(session: DeviceSession, stored: StoredObservation): void {
    const { path, accept } = stored;
    const target = parseTarget(path);
    const observation = this.#hold(session, target, accept ?? 0);
    session.observations.add(observation);
    session.observations.desired.add(path);
    observation.live = this.#take(session, observation, bytesOfHex(stored.token));
  }

  /** The device is at a new address now, and keeps its observations. */
  follow(session: DeviceSession): void {
    for (const observation of session.observations.held()) {
      const { live } = observation;
      if (!live) continue;
      live.forget();
      observation.live = this.#take(session, observation as Held, live.token);
    }
  }

  /** Ends one observation without a word: the next notification is answered with a reset (RFC 7641 §3.6). */
  forget(session: DeviceSession, observation: Observation): void {
    this.#release(session, observation);
    observation.live?.forget();
  }

  /** Ends one observation as {@link forget} does, and expects that next notification. */
  reset(session: DeviceSession, observation: Observation): void {
    if (observation.live) session.observations.part(hexOf(observation.live.token));
    this.forget(session, observation);
  }

  /** Ends one observation at the device. Fits {@link DeviceSession.exchange}. */
  cancelling(session: DeviceSession, observation: Observation): StartExchange {
    return (done) => {
      this.#release(session, observation);
      const { live } = observation;
      if (live) session.observations.part(hexOf(live.token));
      if (live) live.cancel(done);
      else done({ kind: "cancelled" });
      return () => live?.forget();
    };
  }

  /** Lets go of all observations of a device that is gone. Sends nothing. */
  drop(session: DeviceSession): void {
    for (const observation of session.observations.held()) this.forget(session, observation);
  }

  #release(session: DeviceSession, observation: Observation): void {
    session.observations.remove(observation);
    if (observation.live) this.#options.store.removeObservation(hexOf(observation.live.token));
  }

  #keep(session: DeviceSession, observation: Observation, live: LiveObservation): void {
    observation.live = live;
    this.#options.store.saveObservation({
      token: hexOf(live.token),
      registrationId: session.registration.id,
      endpoint: session.registration.endpoint,
      path: observation.path,
      accept: observation.accept,
    });
  }

  #take(session: DeviceSession, observation: Held, token: Uint8Array): LiveObservation {
    return this.#options.endpoint.restoreObservation(
      { ...requestOf(session, observation.target, observation.accept), token },
      observation,
    );
  }

  #ended(held: Held, why: ObservationEnd): void {
    const { session } = held;
    // What we ended ourselves is no news. And when we stop, devices go on holding what the store says they hold.
    if (why === "cancelled" || session.ended || !session.observations.holds(held)) return;
    this.#release(session, held);
    if (why === "refused") session.observations.refuse(held.path);
    const { endpoint } = session.registration;
    const reason = why === "refused" ? "The device ended it." : "The connection to the device was dropped.";
    this.#options.onEvent({ kind: "observation-ended", endpoint, path: held.path, why: reason });
  }

  #hold(session: DeviceSession, given: ObservationTarget, accept: number): Held {
    // A fleet is observed alike: one copy of each target serves all of it.
    let target = this.#targets.get(given.key);
    if (!target) {
      if (this.#targets.size >= targetsMax) this.#targets.clear();
      target = given;
      this.#targets.set(given.key, given);
    }
    return new Held(this.#tell, session, { target, accept, heardAt: this.#options.clock.monotonic() });
  }

  #notified(session: DeviceSession, observation: Observation, { code, payload, contentFormat }: Notification): void {
    if (session.ended || !session.observations.holds(observation)) return;
    const { counters, models, packs, clock, log, onEvent } = this.#options;
    counters.notifications++;
    observation.heardAt = clock.monotonic();
    session.heard();
    if (!isSuccess(code)) return;
    const { endpoint } = session.registration;
    const { target, path } = observation;
    const format = contentFormat ?? observation.accept;
    try {
      if (target.kind === "composite") {
        packs.tell(session, packs.nodes(session, target, { payload, contentFormat: format }), "notify");
        return;
      }
      const model = models.find(session.registration, target.place.object);
      const node = decodeContent(payload, format, target.place, model, session.registration.rootPath);
      const at = clock.now().getTime();
      onEvent({
        kind: "value",
        endpoint,
        path: target.query.length === 0 ? path : formatPath(target.place),
        node,
        source: "notify",
        at,
      });
    } catch (error) {
      const { message } = malformedFrom(error);
      counters.malformedNotifications++;
      log.warn("a notification cannot be read", { endpoint, path: observation.path, code: formatCode(code), message });
    }
  }
}

/** What the keeper does with the news of an observation. */
interface Tell {
  readonly notification: (held: Held, notification: Notification) => void;
  readonly end: (held: Held, why: ObservationEnd) => void;
  readonly elsewhere: (held: Held) => void;
  readonly lost: (held: Held) => void;
}

/** An observation and who listens to it, in one: there may be hundreds of thousands. */
class Held implements Observation, ObservationListener {
  readonly session: DeviceSession;
  readonly target: ObservationTarget;
  readonly accept: number;
  heardAt: number;
  live: LiveObservation | undefined = undefined;
  /** Called with the first answer, and let go of then. */
  first: ((outcome: RequestOutcome) => void) | undefined = undefined;
  readonly #tell: Tell;

  constructor(
    tell: Tell,
    session: DeviceSession,
    { target, accept, heardAt }: { target: ObservationTarget; accept: number; heardAt: number },
  ) {
    this.#tell = tell;
    this.heardAt = heardAt;
    this.session = session;
    this.target = target;
    this.accept = accept;
  }

  get path(): string {
    return this.target.key;
  }

  onResponse(outcome: RequestOutcome): void {
    const { first } = this;
    this.first = undefined;
    first?.(outcome);
  }

  onNotification(notification: Notification): void {
    this.#tell.notification(this, notification);
  }

  onEnd(why: ObservationEnd): void {
    this.#tell.end(this, why);
  }

  onElsewhere(): void {
    this.#tell.elsewhere(this);
  }

  onLost(): void {
    this.#tell.lost(this);
  }
}

/** How an observation is asked for: by GET at its place, or by FETCH at the root with a list of places. */
function requestOf({ registration }: DeviceSession, target: ObservationTarget, accept: number) {
  const { address, rootPath } = registration;
  if (target.kind === "single") {
    const path = rootPath.length === 0 ? target.segments : [...rootPath, ...target.segments];
    return { peer: address, method: GET, path, query: target.query, accept };
  }
  const payload = encodePaths(target.places, accept, namePrefix({ registration }));
  return {
    peer: address,
    method: FETCH,
    path: [],
    accept,
    contentFormat: accept,
    payload,
    responseTimeout: compositePatience,
  };
}

const observeOption = 6;
const hasObserve = (options: readonly { readonly number: number }[]) =>
  options.some(({ number }) => number === observeOption);

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/[0-9a-f]{2}/g) ?? [], (byte) => Number.parseInt(byte, 16));
}
