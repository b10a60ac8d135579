import {
  CHANGED,
  FORBIDDEN,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  POST,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Address } from "@lamplighter/runtime/datagram";
import type { Lwm2mCounters } from "./counters.ts";
import type { DeviceSession } from "./device-session.ts";
import type { TimestampedValue } from "./formats/reading-context.ts";
import { MalformedInput } from "./malformed-input.ts";
import { type PackReader, sendFormats } from "./pack-reader.ts";
import { formatPath, type Path } from "./path.ts";
import type { PathNode } from "./path-node.ts";
import { registeredObject } from "./registration.ts";
import type { UplinkAnswers } from "./uplink-answers.ts";

/**
 * Answers Send: values that a device tells of its own accord, as POST to `/dp` (OMA TS Core 1.1 §6.4.5).
 *
 * They become `value` events, those of one moment together, oldest first. All of them are refused with 4.04 when one stands
 * in an instance that the device never registered, or the device itself is not registered. What was sent twice is told once:
 * the endpoint answers a repeated message from its store.
 */
export class SendInterface {
  readonly #sessionAt: (peer: Address) => DeviceSession | undefined;
  readonly #packs: PackReader;
  readonly #answers: UplinkAnswers;
  readonly #counters: Lwm2mCounters;
  readonly #clock: Clock;

  constructor(parts: {
    readonly sessionAt: (peer: Address) => DeviceSession | undefined;
    readonly packs: PackReader;
    readonly answers: UplinkAnswers;
    readonly counters: Lwm2mCounters;
    readonly clock: Clock;
  }) {
    this.#sessionAt = parts.sessionAt;
    this.#packs = parts.packs;
    this.#answers = parts.answers;
    this.#counters = parts.counters;
    this.#clock = parts.clock;
  }

  /** Answers a request whose path begins with `dp`. */
  take(request: IncomingRequest): void {
    const { method, path, contentFormat, payload, peer } = request;
    if (path.length > 1 && path.some((segment, index) => index > 0 && segment !== "")) {
      request.respond({ code: NOT_FOUND });
      return;
    }
    if (method !== POST) {
      request.respond({ code: METHOD_NOT_ALLOWED });
      return;
    }
    this.#counters.sends++;
    const session = this.#sessionAt(peer);
    if (!session) {
      this.#answers.refuse(request, "", { code: NOT_FOUND, why: `Nobody is registered from ${peer}.` });
      return;
    }
    const { registration } = session;
    const { endpoint } = registration;
    if (registration.pending) {
      this.#answers.refuse(request, endpoint, { code: FORBIDDEN, why: `${endpoint} is not accepted yet.` });
      return;
    }
    if (contentFormat === undefined || !sendFormats.includes(contentFormat)) {
      request.respond({ code: UNSUPPORTED_CONTENT_FORMAT });
      return;
    }
    const said = this.#answers.parsed(request, () => {
      const values = this.#packs.values(session, payload, contentFormat);
      if (values.length === 0) throw new MalformedInput("values", "there are none");
      return { values, moments: this.#moments(session, values) };
    });
    if (!said) return;
    const stranger = said.values.find(({ path: at }) => !isRegistered(session, at));
    if (stranger) {
      const why = `${endpoint} never registered ${formatPath(stranger.path)}.`;
      this.#answers.refuse(request, endpoint, { code: NOT_FOUND, why });
      return;
    }
    request.respond({ code: CHANGED }, () => {
      if (session.ended) return;
      session.heard();
      for (const { nodes, at } of said.moments) this.#packs.tell(session, nodes, "notify", at);
    });
  }

  #moments(session: DeviceSession, values: readonly TimestampedValue[]): Moment[] {
    return byMoment(values).map(([time, together]) => {
      const resources = new Map<string, Path>();
      for (const { path } of together) {
        const { resourceInstance: _, ...resource } = path;
        resources.set(formatPath(resource), resource);
      }
      return {
        at: time === undefined ? undefined : this.#believed(time),
        nodes: this.#packs.placed([...resources.values()], together, session),
      };
    });
  }

  /**
   * A device's own time, in seconds, as ours in milliseconds. One that is ahead of us is of now: a clock that runs fast must
   * not make what it says today beat all that it says later. Throws `MalformedInput` for what no calendar has.
   */
  #believed(time: number): number {
    if (!(time >= 0 && time <= timeMax)) throw new MalformedInput("values", `${time} is no time since 1970`);
    return Math.min(Math.round(time * 1_000), this.#clock.now().getTime());
  }
}

/** The end of the year 9999: the last second that ISO 8601 writes in four digits, and databases keep. */
const timeMax = 253_402_300_799;

/** What a device says of one moment; without `at`, of now. */
interface Moment {
  readonly at: number | undefined;
  readonly nodes: readonly PathNode[];
}

function isRegistered({ registration }: DeviceSession, { object, instance }: Path): boolean {
  return instance !== undefined && registeredObject(registration, object)?.instances.includes(instance) === true;
}

/** Values by the moment at which they were so; those without one are of now, and come last. */
function byMoment(
  values: readonly TimestampedValue[],
): [time: number | undefined, values: readonly TimestampedValue[]][] {
  const moments = Map.groupBy(values, ({ time }) => time);
  return [...moments].sort(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY));
}
