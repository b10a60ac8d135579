import { formatCode, GET, INTERNAL_SERVER_ERROR } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import type { Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import { type Asked, reading } from "./asked.ts";
import { decodeContent } from "./content.ts";
import { readFormats } from "./content-negotiation.ts";
import type { DeviceRequests } from "./device-requests.ts";
import type { DeviceSession } from "./device-session.ts";
import { type CoreLink, parseLinks } from "./link-format.ts";
import { MalformedInput } from "./malformed-input.ts";
import { type InstanceNode, type Node, object } from "./node.ts";
import type { DiscoverOptions, ReadOptions } from "./operation-options.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { formatPath, type Path, pathSegments } from "./path.ts";
import { registeredObject } from "./registration.ts";
import type { ServerEvent } from "./server-event.ts";
import { decodeUtf8 } from "./tlv-value.ts";

/** What small devices answer to a read of more than their buffer holds. */
const tooLarge = formatCode(INTERNAL_SERVER_ERROR);

/** Read and Discover (OMA TS Core 1.1 §6.3.1, §6.3.2). What was read is told as an event too. */
export class ReadOperations {
  readonly #requests: DeviceRequests;
  readonly #clock: Clock;
  readonly #onEvent: (event: ServerEvent) => void;

  constructor(parts: {
    readonly requests: DeviceRequests;
    readonly clock: Clock;
    readonly onEvent: (event: ServerEvent) => void;
  }) {
    this.#requests = parts.requests;
    this.#clock = parts.clock;
    this.#onEvent = parts.onEvent;
  }

  read(endpoint: string, path: string, options: ReadOptions): Promise<OperationOutcome<Node>> {
    const requests = this.#requests;
    return requests.at(endpoint, path, async (session, place) => {
      const request = { method: GET, path: pathSegments(place) };
      const { contentFormat: wanted } = options;
      const formats =
        typeof wanted === "number"
          ? [wanted]
          : readFormats(place, requests.modelOf(session, place), session.registration);
      const asked =
        wanted === "any"
          ? await requests.ask(session, request, options)
          : await requests.inFormat(session, formats, (accept) =>
              requests.ask(session, { ...request, accept }, options),
            );
      const { instances } = registeredObject(session.registration, place.object) ?? { instances: [] };
      const isTooLarge = asked.kind === "error" && asked.code === tooLarge && place.instance === undefined;
      if (isTooLarge && instances.length > 0) return this.#readEach(endpoint, place, instances, options);
      return this.readAnswer(session, place, asked, "read");
    });
  }

  /** An object instance by instance, for devices that answer 5.00 where the whole does not fit their buffer. */
  async #readEach(
    endpoint: string,
    place: Path,
    instances: readonly number[],
    options: ReadOptions,
  ): Promise<OperationOutcome<Node>> {
    const found: InstanceNode[] = [];
    let roundTrip = milliseconds(0);
    for (const instance of instances) {
      const outcome = await this.read(endpoint, formatPath({ ...place, instance }), options);
      if (outcome.kind !== "ok") return outcome;
      if (outcome.value.kind === "instance") found.push(outcome.value);
      roundTrip = milliseconds(roundTrip + outcome.roundTrip);
    }
    return { kind: "ok", value: object(place.object, found), roundTrip };
  }

  discover(endpoint: string, path: string, options: DiscoverOptions): Promise<OperationOutcome<readonly CoreLink[]>> {
    return this.#requests.at(endpoint, path, async (session, place) => {
      if (place.resourceInstance !== undefined) {
        return { kind: "invalid", why: "A resource instance has nothing below it to discover." };
      }
      const { depth } = options;
      const { version } = session.registration;
      if (depth !== undefined && version !== "1.2") {
        return { kind: "invalid", why: `LwM2M ${version}, which this device speaks, has no depth in Discover.` };
      }
      const query = depth === undefined ? [] : [`depth=${depth}`];
      const request = { method: GET, path: pathSegments(place), query, accept: contentFormat.link };
      const asked = await this.#requests.ask(session, request, options);
      return reading(asked, ({ payload, contentFormat: format }) => {
        if (format !== undefined && format !== contentFormat.link) {
          throw new MalformedInput(path, `content format ${format} is not link format`);
        }
        return parseLinks(decodeUtf8(payload, path));
      });
    });
  }

  /** Reads what a device says of a place, and tells it. */
  readAnswer(session: DeviceSession, place: Path, asked: Asked, source: "read" | "notify"): OperationOutcome<Node> {
    const model = this.#requests.modelOf(session, place);
    const outcome = reading(asked, ({ payload, contentFormat: format }) => {
      // Without a format the answer is taken to be what such a path is usually answered in.
      const assumed = place.resource === undefined ? contentFormat.tlv : contentFormat.text;
      return decodeContent(payload, format ?? assumed, place, model, session.registration.rootPath);
    });
    if (outcome.kind === "ok") {
      const { endpoint } = session.registration;
      const at = this.#clock.now().getTime();
      this.#onEvent({ kind: "value", endpoint, path: formatPath(place), node: outcome.value, source, at });
    }
    return outcome;
  }
}
