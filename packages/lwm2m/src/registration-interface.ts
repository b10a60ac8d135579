import {
  CHANGED,
  CREATED,
  DELETE,
  DELETED,
  FORBIDDEN,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  POST,
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
import type { DeviceSession } from "./device-session.ts";
import { speaksFor } from "./identity.ts";
import type { Registration } from "./registration.ts";
import { decideRegister, decideUpdate, expiryOf } from "./registration-decision.ts";
import type { RegistrationLimits } from "./registration-limits.ts";
import { isRefusal, parseRegister, parseUpdate } from "./registration-request.ts";
import type { RegistrationStore } from "./registration-store.ts";
import type { RegistrationChange, ServerEvent } from "./server-event.ts";
import { SessionTable } from "./session-table.ts";
import type { UplinkAnswers } from "./uplink-answers.ts";

/** What the registration interface tells the rest of the server. Each is called after the device was answered. */
export interface SessionListener {
  /** A device registered, was accepted, or was restored: it may be operated. */
  opened(session: DeviceSession): void;
  /** An Update came. */
  updated(session: DeviceSession, changed: readonly RegistrationChange[]): void;
  /** Its registration is no more; observations must be let go of. */
  closed(session: DeviceSession): void;
  /** Something came from the device: if it uses queue mode, it is awake now. */
  heard(session: DeviceSession): void;
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
  /** The endpoint whose credentials a peer proved to have, if it did. */
  readonly authenticated: (peer: Address) => string | undefined;
  /** Why a peer that proved nothing may not speak for an endpoint; undefined when it may. */
  readonly whyNotClear: (endpoint: string) => string | undefined;
  /** The object list, as links, that a profile id of LwM2M 1.2 stands for. */
  readonly profileOf: (id: string) => string | undefined;
  readonly account: string;
  readonly limits: RegistrationLimits;
  readonly graceSeconds: number;
  readonly counters: Lwm2mCounters;
  readonly answers: UplinkAnswers;
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
  readonly #table: SessionTable;
  readonly #answers: UplinkAnswers;
  /** Registrations being saved, by endpoint: nobody else may claim one meanwhile. */
  readonly #claims = new Map<string, Registration>();
  #savesUnderWay = 0;
  /** Until the store is loaded nobody is known, and a device would be told so for nothing. */
  #isLoaded = false;

  constructor(options: RegistrationInterfaceOptions) {
    this.#options = options;
    const { clock, wheel, random, graceSeconds, listener } = options;
    this.#answers = options.answers;
    this.#table = new SessionTable({
      clock,
      wheel,
      random,
      graceSeconds,
      endpointsMax: options.limits.registrationsMax,
      onClosed: (session) => listener.closed(session),
      onHeard: (session) => listener.heard(session),
      onExpired: ({ registration }) => {
        options.counters.expiries++;
        options.store.remove(registration.id, this.#report("expired"));
        options.onEvent({ kind: "expired", registration });
      },
    });
  }

  get sessions(): Pick<SessionTable, "size" | "all" | "find" | "from" | "desiredAt"> {
    return this.#table;
  }

  /** Takes up registrations from the store. One that ran out while we were not there to hear an Update has its grace from now. */
  restore(registrations: readonly Registration[]): void {
    for (const registration of registrations) {
      // A device in queue mode that was last heard an hour ago is asleep, whenever we came up.
      const silentFor = Math.max(0, this.#options.clock.now().getTime() - registration.lastSeenAt);
      const session = this.#table.install(registration, silentFor);
      this.#table.armExpiry(session, this.#options.graceSeconds * 1_000);
      session.open();
    }
    this.#isLoaded = true;
  }

  /** Ends all sessions; the store keeps the registrations. */
  close(): void {
    this.#isLoaded = false;
    this.#table.close();
  }

  /** Accepts a pending device: from here on it is as if it had just registered. */
  accept(endpoint: string): void {
    const session = this.#table.find(endpoint);
    if (!session?.registration.pending) return;
    this.#table.replace(session, { ...session.registration, pending: false });
    session.proposed = { ...session.proposed, pending: false };
    this.#options.store.save(session.registration, this.#report("accepted"));
    this.#options.onEvent({ kind: "registered", registration: session.registration, replaced: true });
    this.#options.listener.opened(session);
  }

  /** Drops a registration from our side. The device learns of it by the 4.04 to its next Update. */
  drop(endpoint: string): void {
    const session = this.#table.find(endpoint);
    if (!session) return;
    this.#table.remove(session, "Its registration was removed.");
    this.#options.store.remove(session.registration.id, this.#report("removed"));
    this.#options.onEvent({ kind: "deregistered", registration: session.registration });
  }

  /** Keeps the object list and the lifetime as we know them to be by our own doing; told as `updated`. */
  learn(session: DeviceSession, known: Partial<Pick<Registration, "objects" | "lifetimeSeconds">>): void {
    if (session.ended) return;
    const apply = (registration: Registration): Registration => {
      const { lifetimeSeconds = registration.lifetimeSeconds } = known;
      return { ...registration, ...known, expiresAt: expiryOf(lifetimeSeconds, registration.lastSeenAt) };
    };
    this.#table.replace(session, apply(session.registration));
    session.proposed = apply(session.proposed);
    this.#table.armExpiry(session);
    this.#options.store.save(session.registration, this.#report("changed"));
    const changed: RegistrationChange = known.objects ? "objects" : "lifetime";
    this.#options.onEvent({ kind: "updated", registration: session.registration, changed: [changed] });
  }

  /** Answers a request whose path begins with `rd`. */
  take(request: IncomingRequest): void {
    if (!this.#isLoaded) {
      this.#answers.unavailable(request);
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
    const { clock, enrol, store, counters, limits } = this.#options;
    counters.registers++;
    if (!hasLinkFormat(request)) {
      request.respond({ code: UNSUPPORTED_CONTENT_FORMAT });
      return;
    }
    const address = request.peer;
    const authenticated = this.#options.authenticated(address);
    const parsed = this.#answers.parsed(request, () =>
      parseRegister(request.query, request.payload, { authenticated, profileOf: this.#options.profileOf }),
    );
    if (!parsed) return;
    if (isRefusal(parsed)) {
      this.#answers.refuse(request, endpointIn(request.query), parsed);
      return;
    }
    const { endpoint } = parsed;
    const whyNot = authenticated === undefined ? this.#options.whyNotClear(endpoint) : undefined;
    if (whyNot !== undefined) {
      this.#answers.refuse(request, endpoint, { code: FORBIDDEN, why: whyNot, offence: "clear" });
      return;
    }
    const session = this.#table.find(endpoint);
    const decision = decideRegister({
      request: parsed,
      address,
      authenticated,
      account: this.#options.account,
      id: this.#table.freshId(),
      now: clock.now().getTime(),
      current: this.#claims.get(endpoint) ?? session?.proposed,
      enrol: () => enrol({ endpoint, address }),
    });
    if (decision.kind === "refuse") {
      this.#answers.refuse(request, endpoint, decision);
      return;
    }
    const full = !session && this.#table.size + this.#claims.size >= limits.registrationsMax;
    if (full || this.#savesUnderWay >= limits.savesUnderWayMax) {
      this.#answers.unavailable(request);
      return;
    }
    const { registration, replaced } = decision;
    this.#claims.set(endpoint, registration);
    this.#save(registration, store, (error) => {
      if (this.#claims.get(endpoint) === registration) this.#claims.delete(endpoint);
      if (error) {
        this.#answers.unavailable(request, error);
        return;
      }
      // It may have been given a key meanwhile: what ended its registrations in the clear then did not see this one.
      const whyNot = authenticated === undefined ? this.#options.whyNotClear(endpoint) : undefined;
      if (whyNot !== undefined) {
        store.remove(registration.id, this.#report("removed"));
        this.#answers.refuse(request, endpoint, { code: FORBIDDEN, why: whyNot, offence: "clear" });
        return;
      }
      const opened = this.#table.install(registration);
      request.respond({ code: CREATED, locationPath: ["rd", registration.id] }, () => {
        if (opened.ended) return;
        opened.open();
        this.#options.onEvent({ kind: "registered", registration, replaced });
        this.#options.listener.opened(opened);
      });
    });
  }

  #update(request: IncomingRequest, id: string): void {
    const { clock, store, counters, limits } = this.#options;
    counters.updates++;
    const session = this.#sessionOf(request, id);
    if (!session) return;
    if (!hasLinkFormat(request)) {
      request.respond({ code: UNSUPPORTED_CONTENT_FORMAT });
      return;
    }
    const parsed = this.#answers.parsed(request, () =>
      parseUpdate(request.query, request.payload, session.proposed.rootPath),
    );
    if (!parsed) return;
    const now = clock.now().getTime();
    const { registration, changed, mustSave } = decideUpdate(session.proposed, parsed, { address: request.peer, now });
    if (!mustSave && session.savesUnderWay === 0) {
      this.#table.replace(session, registration);
      session.proposed = registration;
      store.refresh(id, registration.lastSeenAt, registration.expiresAt);
      request.respond({ code: CHANGED }, () => this.#updated(session, changed));
      return;
    }
    if (this.#savesUnderWay >= limits.savesUnderWayMax) {
      this.#answers.unavailable(request);
      return;
    }
    session.proposed = registration;
    session.savesUnderWay++;
    this.#save(registration, store, (error) => {
      session.savesUnderWay--;
      if (error) {
        if (session.savesUnderWay === 0) session.proposed = session.registration;
        this.#answers.unavailable(request, error);
        return;
      }
      if (this.#table.at(id) !== session) {
        request.respond({ code: NOT_FOUND });
        return;
      }
      // Accepting a pending device may have happened while the save was under way.
      this.#table.replace(session, {
        ...registration,
        pending: registration.pending && session.registration.pending,
      });
      this.#table.armExpiry(session);
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
        this.#answers.unavailable(request, error);
        return;
      }
      const isOurs = this.#table.at(id) === session;
      if (isOurs) this.#table.remove(session, "The device de-registered.");
      request.respond({ code: DELETED }, () => {
        if (isOurs) this.#options.onEvent({ kind: "deregistered", registration: session.registration });
      });
    });
  }

  /** The session of a location, or undefined after having answered why not. */
  #sessionOf(request: IncomingRequest, id: string): DeviceSession | undefined {
    const session = this.#table.at(id);
    const peer = { address: request.peer, authenticated: this.#options.authenticated(request.peer) };
    const whyNotClear =
      session && peer.authenticated === undefined
        ? this.#options.whyNotClear(session.registration.endpoint)
        : undefined;
    if (session && whyNotClear === undefined && speaksFor(peer, session.registration)) return session;
    if (!session) {
      request.respond({ code: NOT_FOUND });
      return undefined;
    }
    // As if it did not exist (OMA TS Core 1.1 §6.2.2): the device registers anew, and is judged there.
    const { endpoint, address } = session.registration;
    const why =
      whyNotClear ??
      (peer.authenticated === undefined
        ? `${endpoint} is registered from ${address}; ${request.peer} may not speak for it.`
        : `The credentials of ${peer.authenticated || "nobody any more"} were used for ${endpoint}.`);
    const isClear =
      peer.authenticated === undefined && (whyNotClear !== undefined || session.registration.authenticated);
    const offence = peer.authenticated === undefined ? isClear && ("clear" as const) : ("wrong-name" as const);
    this.#answers.refuse(request, endpoint, { code: NOT_FOUND, why, ...(offence && { offence }) });
    return undefined;
  }

  #save(registration: Registration, store: RegistrationStore, done: (error?: Error) => void): void {
    this.#savesUnderWay++;
    store.save(registration, (error) => {
      this.#savesUnderWay--;
      done(error);
    });
  }

  #report(what: string): (error?: Error) => void {
    return (error) => {
      if (error) this.#options.log.error(`a registration ${what} could not be stored`, { error: error.message });
    };
  }
}

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
