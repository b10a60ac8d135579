import { BAD_REQUEST, formatCode, SERVICE_UNAVAILABLE } from "@lamplighter/coap/code";
import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Log } from "@lamplighter/runtime/log";
import type { Random } from "@lamplighter/runtime/random";
import type { Lwm2mCounters } from "./counters.ts";
import { malformedFrom } from "./malformed-input.ts";
import type { Refusal } from "./registration-request.ts";
import type { ServerEvent } from "./server-event.ts";

/** How soon a device that was answered 5.03 may try again; a random part on top keeps them from coming back together. */
const retrySecondsMin = 10;
const retrySecondsSpread = 20;
/** A crowd that was turned away at once is sent home for longer, one after the other, so that this many come back a second. */
const returnsPerSecond = 500;
const retrySecondsMax = 600;

/** The answers that a device's request may get when it is not granted; each is counted. */
export class UplinkAnswers {
  readonly #counters: Lwm2mCounters;
  readonly #random: Random;
  readonly #log: Log;
  readonly #onEvent: (event: ServerEvent) => void;
  readonly #clock: Clock;
  /** When the last of those who were turned away is back, spread evenly; monotonic milliseconds. */
  #crowdUntil = 0;

  constructor(parts: {
    readonly clock: Clock;
    readonly counters: Lwm2mCounters;
    readonly random: Random;
    readonly log: Log;
    readonly onEvent: (event: ServerEvent) => void;
  }) {
    this.#clock = parts.clock;
    this.#counters = parts.counters;
    this.#random = parts.random;
    this.#log = parts.log;
    this.#onEvent = parts.onEvent;
  }

  /** What a parser reads, or undefined after 4.00. */
  parsed<T>(request: IncomingRequest, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      const { message } = malformedFrom(error);
      this.#counters.malformedRequests++;
      request.respond({ code: BAD_REQUEST, payload: new TextEncoder().encode(message) });
      return undefined;
    }
  }

  /** A request in order that is not granted: told as `refused`. */
  refuse(request: IncomingRequest, endpoint: string, { code, why, offence }: Refusal): void {
    this.#counters.refusedRequests++;
    const address = request.peer;
    request.respond({ code, payload: new TextEncoder().encode(why) }, () =>
      this.#onEvent({ kind: "refused", endpoint, address, code: formatCode(code), why, ...(offence && { offence }) }),
    );
  }

  /** Not now: 5.03, and when to come back. */
  unavailable(request: IncomingRequest, error?: Error): void {
    this.#counters.unavailable++;
    if (error) this.#log.error("a registration could not be saved", { peer: request.peer, error: error.message });
    const now = this.#clock.monotonic();
    this.#crowdUntil = Math.max(now, this.#crowdUntil) + 1_000 / returnsPerSecond;
    const crowdSeconds = (this.#crowdUntil - now) / 1_000;
    const maxAge = Math.floor(retrySecondsMin + crowdSeconds + this.#random.next() * retrySecondsSpread);
    request.respond({ code: SERVICE_UNAVAILABLE, maxAge: Math.min(maxAge, retrySecondsMax) });
  }
}
