import {
  BAD_REQUEST,
  CHANGED,
  FORBIDDEN,
  METHOD_NOT_ALLOWED,
  NOT_FOUND,
  POST,
  UNSUPPORTED_CONTENT_FORMAT,
} from "@lamplighter/coap/code";
import type { IncomingRequest } from "@lamplighter/coap/endpoint";
import type { Address } from "@lamplighter/runtime/datagram";
import type { Lwm2mCounters } from "./counters.ts";
import type { DeviceSession } from "./device-session.ts";
import { packFormats } from "./pack-content.ts";
import type { PackReader } from "./pack-reader.ts";
import { formatPath, type Path } from "./path.ts";
import { nodesFrom, type PathValue } from "./path-node.ts";
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

  constructor(parts: {
    readonly sessionAt: (peer: Address) => DeviceSession | undefined;
    readonly packs: PackReader;
    readonly answers: UplinkAnswers;
    readonly counters: Lwm2mCounters;
  }) {
    this.#sessionAt = parts.sessionAt;
    this.#packs = parts.packs;
    this.#answers = parts.answers;
    this.#counters = parts.counters;
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
    if (contentFormat === undefined || !packFormats.includes(contentFormat)) {
      request.respond({ code: UNSUPPORTED_CONTENT_FORMAT });
      return;
    }
    const values = this.#answers.parsed(request, () => this.#packs.values(session, payload, contentFormat));
    if (!values) return;
    if (values.length === 0) {
      request.respond({ code: BAD_REQUEST, payload: new TextEncoder().encode("there is no value") });
      return;
    }
    const stranger = values.find(({ path: at }) => !isRegistered(session, at));
    if (stranger) {
      const why = `${endpoint} never registered ${formatPath(stranger.path)}.`;
      this.#answers.refuse(request, endpoint, { code: NOT_FOUND, why });
      return;
    }
    request.respond({ code: CHANGED }, () => this.#tell(session, values));
  }

  #tell(session: DeviceSession, values: readonly PathValue[]): void {
    if (session.ended) return;
    session.heard();
    for (const [at, together] of byMoment(values)) {
      const resources = new Map<string, Path>();
      for (const { path } of together) {
        const { resourceInstance: _, ...resource } = path;
        resources.set(formatPath(resource), resource);
      }
      this.#packs.tell(session, nodesFrom([...resources.values()], together), "notify", at);
    }
  }
}

function isRegistered({ registration }: DeviceSession, { object, instance }: Path): boolean {
  return instance !== undefined && registeredObject(registration, object)?.instances.includes(instance) === true;
}

/** Values by the moment at which they were so; those without one are of now, and come last. */
function byMoment(values: readonly PathValue[]): [at: number | undefined, values: readonly PathValue[]][] {
  const moments = Map.groupBy(values, ({ at }) => at);
  return [...moments].sort(([a], [b]) => (a ?? Number.POSITIVE_INFINITY) - (b ?? Number.POSITIVE_INFINITY));
}
