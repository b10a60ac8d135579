import {
  BAD_REQUEST,
  CHANGED,
  CONTENT,
  FORBIDDEN,
  formatCode,
  GET,
  METHOD_NOT_ALLOWED,
  NOT_ACCEPTABLE,
  NOT_FOUND,
  NOT_IMPLEMENTED,
  POST,
  SERVICE_UNAVAILABLE,
} from "@lamplighter/coap/code";
import type { CoapEndpoint, IncomingRequest } from "@lamplighter/coap/endpoint";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import { type Log, silentLog } from "@lamplighter/runtime/log";
import { malformedFrom } from "../malformed-input.ts";
import type { Offence } from "../server-event.ts";
import type { BootstrapConfiguration } from "./configuration.ts";
import { bootstrapFormatOf, encodePack, formatNumbers } from "./content.ts";
import { BootstrapHistory } from "./history.ts";
import { packFormatOf } from "./messages.ts";
import { objectsGiven } from "./provisioning.ts";
import { type BootstrapRequest, parseBootstrapRequest } from "./request.ts";
import { type BootstrapRun, BootstrapRuns, type BootstrapStart } from "./runs.ts";
import type { BootstrapRecord, BootstrapStore, BootstrapTrigger, ChosenConfiguration } from "./store.ts";

export interface BootstrapServerOptions {
  /** A port of its own: a device tells its bootstrap server from its server by the address. */
  readonly endpoint: CoapEndpoint;
  readonly clock: Clock;
  readonly log?: Log;
  readonly store: BootstrapStore;
  /** Whether a device may ask for everything at once (Bootstrap-Pack, LwM2M 1.2). Default true; otherwise it is answered 5.01. */
  readonly givesPacks?: boolean;
  readonly onEvent?: (event: BootstrapServerEvent) => void;
  /** The endpoint whose credentials a peer proved to have. When absent nobody proves anything. */
  readonly authenticated?: (peer: Address) => string | undefined;
  /** Why a peer that proved nothing may not ask for an endpoint; undefined when it may. When absent everybody may. */
  readonly whyNotClear?: (endpoint: string) => string | undefined;
  /** Puts into a configuration what is this device's alone: its keys. When absent it is used as it is. */
  readonly prepare?: (
    chosen: ChosenConfiguration,
    device: { readonly endpoint: string; readonly address: Address },
  ) => Promise<PreparedConfiguration>;
}

/** A configuration ready to be written, or why this device does not get it. */
export type PreparedConfiguration =
  | { readonly kind: "ready"; readonly chosen: ChosenConfiguration }
  | { readonly kind: "refuse"; readonly why: string };

/** What the bootstrap server tells its owner. */
export type BootstrapServerEvent =
  | { readonly kind: "began"; readonly endpoint: string; readonly address: Address; readonly trigger: BootstrapTrigger }
  | { readonly kind: "ended"; readonly record: BootstrapRecord }
  /** There is no configuration for this device, or it may not have it. */
  | {
      readonly kind: "refused";
      readonly endpoint: string;
      readonly address: Address;
      readonly code: string;
      readonly why: string;
      /** Told where it is a matter of security. */
      readonly offence?: Offence | "keys";
    };

/** What the bootstrap server has seen since it started. Each grows only. */
export interface BootstrapCounters {
  requests: number;
  malformed: number;
  refused: number;
  /** Answered 5.03: too many at once, or the store failed. */
  unavailable: number;
  finished: number;
  failed: number;
  /** Not written to the history, for too many were being written. */
  recordsDropped: number;
}

/** Bootstraps at once. Beyond, a request is answered 5.03 with Max-Age. */
export const bootstrapsMax = 4_096;
/** Configurations looked up at once. Beyond, a request is answered 5.03: whoever asks may be anybody, and each costs the database. */
export const lookupsMax = 256;
const retrySeconds = 30;
const finishedOutcomes: readonly BootstrapRecord["outcome"][] = ["finished", "finished-in-part", "packed"];
const none = { why: "There is no bootstrap configuration for this device, nor a default one." } as const;

/**
 * The LwM2M bootstrap server over one CoAP endpoint, whose incoming requests it takes over.
 *
 * It answers 2.04 first, then leads the device through its configuration; see {@link nextBootstrap}. One bootstrap per
 * endpoint name: the newest request wins.
 */
export class BootstrapServer {
  readonly #counters: Omit<BootstrapCounters, "recordsDropped">;
  readonly #options: BootstrapServerOptions;
  readonly #log: Log;
  readonly #runs: BootstrapRuns;
  readonly #history: BootstrapHistory;
  /** Requests whose configuration is being looked up; a newer one of the same device makes an older one pointless. */
  readonly #asked = new Map<string, IncomingRequest>();
  #lookups = 0;

  constructor(options: BootstrapServerOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#history = new BootstrapHistory({ store: options.store, log: this.#log });
    const { endpoint, clock } = options;
    this.#runs = new BootstrapRuns({ endpoint, clock, onEnded: (record) => this.#ended(record) });
    this.#counters = { requests: 0, malformed: 0, refused: 0, unavailable: 0, finished: 0, failed: 0 };
    options.endpoint.onRequest((request) => this.#take(request));
  }

  get counters(): Readonly<BootstrapCounters> {
    return { ...this.#counters, recordsDropped: this.#history.dropped };
  }

  /** How many bootstraps are under way. */
  get running(): number {
    return this.#runs.size;
  }

  /** From where a device speaks whose bootstrap is under way. */
  addressOf(endpoint: string): Address | undefined {
    return this.#runs.find(endpoint)?.address;
  }

  /**
   * Bootstraps a device that did not ask, at the address where it was last heard (OMA TS Core 1.0 §5.2.3.4; gone in 1.1,
   * where a device is told to ask by an Execute of /1/x/9). False when there is no configuration for it.
   */
  async begin(endpoint: string, address: Address): Promise<boolean> {
    const found = await this.#look(endpoint, address);
    if (found?.kind !== "ready") return false;
    const run = this.#begin({ endpoint, address, chosen: found.chosen, trigger: "server", format: "tlv" });
    this.#runs.answered(run);
    return true;
  }

  /** Ends all bootstraps under way, and waits until they are in the history. The endpoint is the caller's to close. */
  async stop(): Promise<void> {
    this.#runs.stop();
    await this.#history.settled();
  }

  #take(request: IncomingRequest): void {
    const path = request.path.at(-1) === "" ? request.path.slice(0, -1) : request.path;
    if (path.length === 1 && path[0] === "bspack") return this.#takePack(request);
    const isRequest = path.length === 1 && path[0] === "bs";
    if (!isRequest) return request.respond({ code: NOT_FOUND });
    if (request.method !== POST) return request.respond({ code: METHOD_NOT_ALLOWED });
    const asked = this.#parse(request);
    if (!asked || this.#isForbidden(request, asked, "request")) return;
    this.#asked.set(asked.endpoint, request);
    this.#choose(request, { asked, trigger: "request" }, (chosen) => {
      // Of two requests of one device the later one is answered; to the earlier one nobody listens any more.
      const isLatest = this.#asked.get(asked.endpoint) === request;
      if (isLatest) this.#asked.delete(asked.endpoint);
      if (!chosen) return this.#refuse(request, { asked, code: BAD_REQUEST, trigger: "request", ...none });
      if (!isLatest) return request.respond({ code: CHANGED });
      const format = chosen.configuration.format ?? bootstrapFormatOf(asked.preferredFormat) ?? "tlv";
      const { endpoint } = asked;
      const run = this.#begin({ endpoint, address: request.peer, chosen, trigger: "request", format });
      request.respond({ code: CHANGED }, () => this.#runs.answered(run));
    });
  }

  /** Bootstrap-Pack-Request (OMA TS Core 1.2 §6.1.7.7): everything in one answer; a device that cannot use it asks by /bs. */
  #takePack(request: IncomingRequest): void {
    if (request.method !== GET) return request.respond({ code: METHOD_NOT_ALLOWED });
    if (this.#options.givesPacks === false) return request.respond({ code: NOT_IMPLEMENTED });
    const format = packFormatOf(request.accept);
    if (!format) return request.respond({ code: NOT_ACCEPTABLE });
    const asked = this.#parse(request);
    if (!asked || this.#isForbidden(request, asked, "pack")) return;
    this.#choose(request, { asked, trigger: "pack" }, (chosen) => {
      if (!chosen) return this.#refuse(request, { asked, code: NOT_FOUND, trigger: "pack", ...none });
      this.#runs.end(asked.endpoint);
      const { configuration } = chosen;
      const { accountInstances } = asked;
      // Without word of where its bootstrap account is, the two numbers that devices use for it are left alone.
      const objects =
        accountInstances.length > 0
          ? objectsGiven(configuration, accountInstances)
          : objectsGiven(withoutBootstrapAccount(configuration), [0, 1]);
      const payload = encodePack(objects, format);
      request.respond({ code: CONTENT, contentFormat: formatNumbers[format], payload });
      this.#packed(request, asked, chosen, objects.length);
    });
  }

  #packed(
    { peer: address }: IncomingRequest,
    { endpoint }: BootstrapRequest,
    { id, name }: ChosenConfiguration,
    objects: number,
  ): void {
    const at = this.#options.clock.now().getTime();
    const note = `${objects} objects in one answer; what the device makes of them shows when it registers.`;
    const record: BootstrapRecord = {
      ...{ endpoint, address, trigger: "pack", configurationId: id, configurationName: name },
      ...{ startedAt: at, endedAt: at, outcome: "packed" },
      steps: [{ operation: "write", path: "/", startedAt: at, endedAt: at, code: formatCode(CONTENT), note }],
    };
    this.#ended(record);
  }

  #parse(request: IncomingRequest): BootstrapRequest | undefined {
    this.#counters.requests++;
    try {
      const asked = parseBootstrapRequest(request.query);
      const isFull = this.#runs.size + this.#asked.size >= bootstrapsMax && !this.#runs.find(asked.endpoint);
      if (!isFull) return asked;
      this.#unavailable(request);
    } catch (error) {
      this.#counters.malformed++;
      const payload = new TextEncoder().encode(malformedFrom(error).why);
      request.respond({ code: BAD_REQUEST, payload });
    }
    return undefined;
  }

  #choose(
    request: IncomingRequest,
    { asked, trigger }: { readonly asked: BootstrapRequest; readonly trigger: BootstrapTrigger },
    then: (chosen: ChosenConfiguration | undefined) => void,
  ): void {
    const { endpoint } = asked;
    const isOver = () => {
      if (this.#asked.get(endpoint) === request) this.#asked.delete(endpoint);
    };
    const found = (prepared: PreparedConfiguration | undefined) => {
      if (prepared?.kind !== "refuse") return then(prepared?.chosen);
      isOver();
      this.#refuse(request, { asked, trigger, code: FORBIDDEN, why: prepared.why, offence: "keys" });
    };
    if (this.#lookups >= lookupsMax) {
      isOver();
      return this.#unavailable(request);
    }
    this.#lookups++;
    const looked = this.#look(endpoint, request.peer).finally(() => {
      this.#lookups--;
    });
    looked.then(found, (error: unknown) => {
      isOver();
      this.#log.error("a bootstrap configuration could not be looked up", { endpoint, error });
      this.#unavailable(request);
    });
  }

  async #look(endpoint: string, address: Address): Promise<PreparedConfiguration | undefined> {
    const { store, prepare } = this.#options;
    const chosen = await store.configurationFor(endpoint);
    if (!chosen) return undefined;
    return prepare ? prepare(chosen, { endpoint, address }) : { kind: "ready", chosen };
  }

  /**
   * Who proved to be one device gets nothing for another, and who has credentials gets nothing without them: what a
   * bootstrap writes are keys (OMA TS Core 1.1 §6.1.7.1).
   */
  #isForbidden(request: IncomingRequest, asked: BootstrapRequest, trigger: BootstrapTrigger): boolean {
    const { authenticated, whyNotClear } = this.#options;
    const proved = authenticated?.(request.peer);
    if (proved === asked.endpoint) return false;
    if (proved !== undefined) {
      const why = `The credentials of ${proved || "nobody any more"} were used for ${asked.endpoint}.`;
      this.#refuse(request, { asked, code: BAD_REQUEST, trigger, why, offence: "wrong-name" });
      return true;
    }
    const why = whyNotClear?.(asked.endpoint);
    if (why === undefined) return false;
    this.#refuse(request, { asked, code: FORBIDDEN, trigger, why, offence: "clear" });
    return true;
  }

  #begin(start: BootstrapStart): BootstrapRun {
    const run = this.#runs.begin(start);
    const { endpoint, address, trigger } = start;
    this.#options.onEvent?.({ kind: "began", endpoint, address, trigger });
    return run;
  }

  #ended(record: BootstrapRecord): void {
    const hasFinished = finishedOutcomes.includes(record.outcome);
    this.#counters[hasFinished ? "finished" : "failed"]++;
    this.#history.keep(record);
    this.#options.onEvent?.({ kind: "ended", record });
  }

  #unavailable(request: IncomingRequest): void {
    this.#counters.unavailable++;
    request.respond({ code: SERVICE_UNAVAILABLE, maxAge: retrySeconds });
  }

  #refuse(
    request: IncomingRequest,
    {
      asked,
      code,
      trigger,
      why,
      offence,
    }: {
      readonly asked: BootstrapRequest;
      readonly code: number;
      readonly trigger: BootstrapTrigger;
      readonly why: string;
      readonly offence?: Offence | "keys";
    },
  ): void {
    this.#counters.refused++;
    const { endpoint } = asked;
    request.respond({ code, payload: new TextEncoder().encode(why) });
    const at = this.#options.clock.now().getTime();
    const address = request.peer;
    this.#history.keep({ endpoint, address, trigger, startedAt: at, endedAt: at, outcome: "refused", steps: [] });
    const event = { kind: "refused", endpoint, address, code: formatCode(code), why } as const;
    this.#options.onEvent?.({ ...event, ...(offence && { offence }) });
  }
}

function withoutBootstrapAccount(configuration: BootstrapConfiguration): BootstrapConfiguration {
  return { ...configuration, security: configuration.security.filter(({ isBootstrapServer }) => !isBootstrapServer) };
}
