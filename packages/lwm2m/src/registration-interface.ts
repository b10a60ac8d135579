import {
  BAD_REQUEST,
  CHANGED,
  CREATED,
  DELETE,
  DELETED,
  formatCode,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  POST,
  SERVICE_UNAVAILABLE,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import type { TimingWheel } from "@lamplighter/coap/timing-wheel";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import type { Lwm2mCounters } from "./counters.ts";
import { DeviceSession } from "./device-session.ts";
import { sameIdentity } from "./identity.ts";
import { malformedFrom } from "./malformed-input.ts";
import { Observations } from "./observations.ts";
import type { Registration } from "./registration.ts";
import { decideRegister, decideUpdate } from "./registration-decision.ts";
import { isRefusal, parseRegister, parseUpdate } from "./registration-request.ts";
import type { RegistrationStore } from "./registration-store.ts";
import type { RegistrationChange, ServerEvent } from "./server-event.ts";

/** Living registrations. Beyond, a Register is answered 5.03. */
export const registrationsMax = 200_000;
/** Registrations whose save is under way. Beyond, a request that needs one is answered 5.03. */
export const savesUnderWayMax = 20_000;
/** How soon a device that was answered 5.03 may try again; a random part on top keeps them from coming back together. */
const retrySecondsMin = 10;
const retrySecondsSpread = 20;

/** What the registration interface tells the rest of the server. Each is called after the device was answered. */
export interface SessionListener {
  /** A device registered, was accepted, or was restored: it may be operated. */
  opened(session: DeviceSession): void;
  /** An Update came. */
  updated(session: DeviceSession, changed: readonly RegistrationChange[]): void;
  /** Its registration is no more; observations must be let go of. */
  closed(session: DeviceSession): void;
}

export interface RegistrationInterfaceOptions {
  readonly clock: Clock;
  readonly wheel: TimingWheel;
  readonly random: Random;
  readonly log: Log;
  readonly store: RegistrationStore;
  readonly enrol: (candidate: {
    readonly endpoint: string;
    readonly address: Address;
  }) => "accept" | "pending" | "refuse";
  readonly graceSeconds: number;
  readonly counters: Lwm2mCounters;
  readonly listener: SessionListener;
  readonly onEvent: (event: ServerEvent) => void;
}

/**
 * The registration interface: Register, Update and De-register at `/rd` (OMA TS Core 1.1 §6.2).
 *
 * Register, De-register and an Update that changes something are answered once the store has them safe; a mere refresh is
 * answered at once. What a failing store or a limit prevents is answered 5.03 with Max-Age. Whatever the change causes
 * runs after the answer.
 */
export class RegistrationInterface {
  readonly #options: RegistrationInterfaceOptions;
  readonly #byId = new Map<string, DeviceSession>();
  readonly #byEndpoint = new Map<string, DeviceSession>();
  /** Registrations being saved, by endpoint: nobody else may claim one meanwhile. */
  readonly #claims = new Map<string, Registration>();
  /** What should be observed, by endpoint; outlives a registration. */
  readonly #desired = new Map<string, Set<string>>();
  #savesUnderWay = 0;
  /** Until the store is loaded nobody is known, and a device would be told so for nothing. */
  #isLoaded = false;

  constructor(options: RegistrationInterfaceOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#byEndpoint.size;
  }

  sessions(): Iterable<DeviceSession> {
    return this.#byEndpoint.values();
  }

  find(endpoint: string): DeviceSession | undefined {
    return this.#byEndpoint.get(endpoint);
  }

  /** What should be observed at an endpoint, registered or not. */
  desiredAt(endpoint: string): Set<string> {
    let desired = this.#desired.get(endpoint);
    if (!desired) {
      // Bounded like registrations are: an endpoint that is gone for longest is forgotten first.
      if (this.#desired.size >= registrationsMax) {
        for (const old of this.#desired.keys()) {
          if (!this.#byEndpoint.has(old)) {
            this.#desired.delete(old);
            break;
          }
        }
      }
      desired = new Set();
      this.#desired.set(endpoint, desired);
    }
    return desired;
  }

  /** Takes up registrations from the store. One that ran out while we were not there to hear an Update has its grace from now. */
  restore(registrations: readonly Registration[]): void {
    for (const registration of registrations) {
      // A device in queue mode that was last heard an hour ago is asleep, whenever we came up.
      const silentFor = Math.max(0, this.#options.clock.now().getTime() - registration.lastSeenAt);
      const session = this.#install(registration, silentFor);
      this.#armExpiry(session, this.#options.graceSeconds * 1_000);
      session.open();
    }
    this.#isLoaded = true;
  }

  /** Ends all sessions; the store keeps the registrations. */
  close(): void {
    this.#isLoaded = false;
    for (const session of this.#byEndpoint.values()) session.end("The server is stopping.");
    this.#byEndpoint.clear();
    this.#byId.clear();
  }

  /** Accepts a pending device: from here on it is as if it had just registered. */
  accept(endpoint: string): void {
    const session = this.#byEndpoint.get(endpoint);
    if (!session?.registration.pending) return;
    session.registration = { ...session.registration, pending: false };
    session.proposed = { ...session.proposed, pending: false };
    this.#options.store.save(session.registration, this.#report("accepted"));
    this.#options.onEvent({ kind: "registered", registration: session.registration, replaced: true });
    this.#options.listener.opened(session);
  }

  /** Drops a registration from our side. The device learns of it by the 4.04 to its next Update. */
  drop(endpoint: string): void {
    const session = this.#byEndpoint.get(endpoint);
    if (!session) return;
    this.#remove(session, "Its registration was removed.");
    this.#options.store.remove(session.registration.id, this.#report("removed"));
    this.#options.onEvent({ kind: "deregistered", registration: session.registration });
  }

  /** Answers a request whose path begins with `rd`. */
  take(request: IncomingRequest): void {
    if (!this.#isLoaded) {
      this.#unavailable(request);
      return;
    }
    const { method } = request;
    // A slash too many at the end is forgiven.
    const path = request.path.at(-1) === "" ? request.path.slice(0, -1) : request.path;
    const id = path[1];
    if (path.length === 1 && method === POST) this.#register(request);
    else if (path.length === 2 && method === POST) this.#update(request, id!);
    else if (path.length === 2 && method === DELETE) this.#deregister(request, id!);
    else request.respond({ code: path.length <= 2 ? METHOD_NOT_ALLOWED : NOT_FOUND });
  }

  #register(request: IncomingRequest): void {
    const { clock, random, enrol, store, counters } = this.#options;
    counters.registers++;
    if (!hasLinkFormat(request)) {
      request.respond({ code: UNSUPPORTED_CONTENT_FORMAT });
      return;
    }
    const address = request.peer;
    const parsed = this.#parse(request, () => parseRegister(request.query, request.payload));
    if (!parsed) return;
    if (isRefusal(parsed)) {
      this.#refuse(request, endpointIn(request.query), parsed.code, parsed.why);
      return;
    }
    const { endpoint } = parsed;
    const session = this.#byEndpoint.get(endpoint);
    const decision = decideRegister({
      request: parsed,
      address,
      id: this.#freshId(random),
      now: clock.now().getTime(),
      current: this.#claims.get(endpoint) ?? session?.proposed,
      enrol: () => enrol({ endpoint, address }),
    });
    if (decision.kind === "refuse") {
      this.#refuse(request, endpoint, decision.code, decision.why);
      return;
    }
    const full = !session && this.#byEndpoint.size + this.#claims.size >= registrationsMax;
    if (full || this.#savesUnderWay >= savesUnderWayMax) {
      this.#unavailable(request);
      return;
    }
    const { registration, replaced } = decision;
    this.#claims.set(endpoint, registration);
    this.#save(registration, store, (error) => {
      if (this.#claims.get(endpoint) === registration) this.#claims.delete(endpoint);
      if (error) {
        this.#unavailable(request, error);
        return;
      }
      const opened = this.#install(registration);
      request.respond({ code: CREATED, locationPath: ["rd", registration.id] }, () => {
        if (opened.ended) return;
        opened.open();
        this.#options.onEvent({ kind: "registered", registration, replaced });
        this.#options.listener.opened(opened);
      });
    });
  }

  #update(request: IncomingRequest, id: string): void {
    const { clock, store, counters } = this.#options;
    counters.updates++;
    const session = this.#sessionOf(request, id);
    if (!session) return;
    if (!hasLinkFormat(request)) {
      request.respond({ code: UNSUPPORTED_CONTENT_FORMAT });
      return;
    }
    const parsed = this.#parse(request, () => parseUpdate(request.query, request.payload));
    if (!parsed) return;
    const now = clock.now().getTime();
    const { registration, changed, mustSave } = decideUpdate(session.proposed, parsed, { address: request.peer, now });
    if (!mustSave && session.savesUnderWay === 0) {
      session.registration = registration;
      session.proposed = registration;
      store.refresh(id, registration.lastSeenAt, registration.expiresAt);
      request.respond({ code: CHANGED }, () => this.#updated(session, changed));
      return;
    }
    if (this.#savesUnderWay >= savesUnderWayMax) {
      this.#unavailable(request);
      return;
    }
    session.proposed = registration;
    session.savesUnderWay++;
    this.#save(registration, store, (error) => {
      session.savesUnderWay--;
      if (error) {
        if (session.savesUnderWay === 0) session.proposed = session.registration;
        this.#unavailable(request, error);
        return;
      }
      if (this.#byId.get(id) !== session) {
        request.respond({ code: NOT_FOUND });
        return;
      }
      // Accepting a pending device may have happened while the save was under way.
      session.registration = { ...registration, pending: registration.pending && session.registration.pending };
      this.#armExpiry(session);
      request.respond({ code: CHANGED }, () => this.#updated(session, changed));
    });
  }

  #updated(session: DeviceSession, changed: readonly RegistrationChange[]): void {
    if (session.ended) return;
    session.heard();
    this.#options.onEvent({ kind: "updated", registration: session.registration, changed });
    this.#options.listener.updated(session, changed);
  }

  #deregister(request: IncomingRequest, id: string): void {
    const { store, counters } = this.#options;
    counters.deregisters++;
    const session = this.#sessionOf(request, id);
    if (!session) return;
    store.remove(id, (error) => {
      if (error) {
        this.#unavailable(request, error);
        return;
      }
      const isOurs = this.#byId.get(id) === session;
      if (isOurs) this.#remove(session, "The device de-registered.");
      request.respond({ code: DELETED }, () => {
        if (isOurs) this.#options.onEvent({ kind: "deregistered", registration: session.registration });
      });
    });
  }

  /** The session of a location, or undefined after having answered why not. */
  #sessionOf(request: IncomingRequest, id: string): DeviceSession | undefined {
    const session = this.#byId.get(id);
    if (session && sameIdentity(session.registration.address, request.peer)) return session;
    if (!session) {
      request.respond({ code: NOT_FOUND });
      return undefined;
    }
    // As if it did not exist (OMA TS Core 1.1 §6.2.2): the device registers anew, and is judged there.
    const { endpoint, address } = session.registration;
    const why = `${endpoint} is registered from ${address}; ${request.peer} may not speak for it.`;
    this.#refuse(request, endpoint, NOT_FOUND, why);
    return undefined;
  }

  #parse<T>(request: IncomingRequest, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      const { message } = malformedFrom(error);
      this.#options.counters.malformedRequests++;
      request.respond({ code: BAD_REQUEST, payload: new TextEncoder().encode(message) });
      return undefined;
    }
  }

  #refuse(request: IncomingRequest, endpoint: string, code: number, why: string): void {
    this.#options.counters.refusedRequests++;
    const address = request.peer;
    request.respond({ code, payload: new TextEncoder().encode(why) }, () =>
      this.#options.onEvent({ kind: "refused", endpoint, address, code: formatCode(code), why }),
    );
  }

  #unavailable(request: IncomingRequest, error?: Error): void {
    const { counters, random, log } = this.#options;
    counters.unavailable++;
    if (error) log.error("a registration could not be saved", { peer: request.peer, error: error.message });
    const maxAge = retrySecondsMin + Math.floor(random.next() * retrySecondsSpread);
    request.respond({ code: SERVICE_UNAVAILABLE, maxAge });
  }

  #save(registration: Registration, store: RegistrationStore, done: (error?: Error) => void): void {
    this.#savesUnderWay++;
    store.save(registration, (error) => {
      this.#savesUnderWay--;
      done(error);
    });
  }

  #install(registration: Registration, silentFor = 0): DeviceSession {
    const { clock, wheel } = this.#options;
    const former = this.#byEndpoint.get(registration.endpoint);
    if (former) this.#remove(former, "The device registered anew.");
    const session = new DeviceSession({
      registration,
      clock,
      wheel,
      observations: new Observations(this.desiredAt(registration.endpoint)),
      onExpiry: (expired) => this.#expire(expired),
      heardAt: clock.monotonic() - silentFor,
    });
    this.#byEndpoint.set(registration.endpoint, session);
    this.#byId.set(registration.id, session);
    this.#armExpiry(session);
    return session;
  }

  #remove(session: DeviceSession, why: string): void {
    const { endpoint, id } = session.registration;
    this.#byId.delete(id);
    if (this.#byEndpoint.get(endpoint) === session) this.#byEndpoint.delete(endpoint);
    session.end(why);
    this.#options.listener.closed(session);
  }

  // The alarm is not moved by every Update: it looks at the registration when it rings, and sets itself again if there is time left.
  #armExpiry(session: DeviceSession, delayMin = 0): void {
    const { clock, wheel, graceSeconds } = this.#options;
    const delay = session.registration.expiresAt + graceSeconds * 1_000 - clock.now().getTime();
    if (delay === Number.POSITIVE_INFINITY) wheel.clear(session.expiry);
    else wheel.set(session.expiry, Math.max(delay, delayMin));
  }

  #expire(session: DeviceSession): void {
    const { clock, store, graceSeconds, counters, onEvent } = this.#options;
    const { registration } = session;
    if (clock.now().getTime() < registration.expiresAt + graceSeconds * 1_000) {
      this.#armExpiry(session);
      return;
    }
    counters.expiries++;
    this.#remove(session, "Its registration expired.");
    store.remove(registration.id, this.#report("expired"));
    onEvent({ kind: "expired", registration });
  }

  #report(what: string): (error?: Error) => void {
    return (error) => {
      if (error) this.#options.log.error(`a registration ${what} could not be stored`, { error: error.message });
    };
  }

  #freshId(random: Random): string {
    for (;;) {
      const id = Array.from({ length: 16 }, () => idAlphabet[Math.floor(random.next() * 64)]).join("");
      if (!this.#byId.has(id)) return id;
    }
  }
}

/** Sixteen of these are 96 bits; with `/rd/` they stay below the 32 bytes that small clients can keep. */
const idAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** Some clients leave the content format out; any other than link format is wrong. */
function hasLinkFormat(request: IncomingRequest): boolean {
  return (
    request.payload.length === 0 || request.contentFormat === undefined || request.contentFormat === contentFormat.link
  );
}

/** The endpoint name of a request that cannot be granted, as far as it can be told. */
function endpointIn(query: readonly string[]): string {
  return query.find((parameter) => parameter.startsWith("ep="))?.slice(3) ?? "";
}
