import { DELETE, POST, PUT } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { withoutValue } from "./asked.ts";
import { checkExecute, checkWrite } from "./check-write.ts";
import { encodeContent } from "./content.ts";
import { writeFormats } from "./content-negotiation.ts";
import type { DeviceRequests } from "./device-requests.ts";
import type { DeviceSession } from "./device-session.ts";
import { type InstanceNode, type Node, object, resourcesOf, single } from "./node.ts";
import { attributeQuery, checkAttributes, type NotificationAttributes } from "./notification-attributes.ts";
import type { OperationOptions, WriteOpaqueOptions, WriteOptions } from "./operation-options.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { namePrefix } from "./pack-reader.ts";
import { levelOf, type Path, pathSegments } from "./path.ts";
import { registeredObject } from "./registration.ts";
import type { ResourceType, ResourceValue } from "./value.ts";

/** What we learn of a device by our own doing, without its saying so. */
export interface RegistrationKnowledge {
  /** An instance is there from now on, or no more. */
  instance(session: DeviceSession, path: Path, is: "there" | "gone"): void;
  /** Its lifetime was written. */
  lifetime(session: DeviceSession, seconds: number): void;
}

/** The operations that change something on a device (OMA TS Core 1.1 §6.3.3 to §6.3.7), each judged by us before it is sent. */
export class WriteOperations {
  readonly #requests: DeviceRequests;
  readonly #onChanged: RegistrationKnowledge;

  constructor(parts: { readonly requests: DeviceRequests; readonly onChanged: RegistrationKnowledge }) {
    this.#requests = parts.requests;
    this.#onChanged = parts.onChanged;
  }

  write(
    endpoint: string,
    path: string,
    content: ResourceValue | Node,
    options: WriteOptions,
  ): Promise<OperationOutcome<void>> {
    const requests = this.#requests;
    return requests.at(endpoint, path, async (session, place) => {
      const node = "kind" in content ? content : nodeOfValue(place, content);
      const wrong = node
        ? checkWrite(place, node, requests.modelOf(session, place))
        : `${path} is not a resource: a single value cannot be written there.`;
      if (!node || wrong) return { kind: "invalid", why: wrong ?? "" };
      // A single value has nothing to leave as it is; POST is for instances and multiple resources alone.
      const isPartial = options.mode === "partial" && (node.kind === "instance" || node.kind === "multiple");
      const method = isPartial ? POST : PUT;
      const { contentFormat: wanted } = options;
      const unfit = wanted === undefined ? undefined : whyUnfit(() => encodeContent(node, wanted, { path: place }));
      if (unfit !== undefined) return { kind: "invalid", why: unfit };
      const formats = wanted === undefined ? writeFormats(node, session.registration) : [wanted];
      const asked = await requests.inFormat(session, formats, (format) => {
        const payload = encodeContent(node, format, { path: place, ...namePrefix(session) });
        return requests.ask(session, { method, path: pathSegments(place), contentFormat: format, payload }, options);
      });
      if (asked.kind === "ok") this.#noteLifetime(session, place, node);
      return withoutValue(asked);
    });
  }

  writeOpaque(
    endpoint: string,
    path: string,
    bytes: Uint8Array,
    options: WriteOpaqueOptions,
  ): Promise<OperationOutcome<void>> {
    return this.#requests.at(endpoint, path, async (session, place) => {
      if (levelOf(place) !== "resource") return { kind: "invalid", why: `${path} is not a resource.` };
      const { blockSize, onProgress, mayContinue } = options;
      const request = {
        method: PUT,
        path: pathSegments(place),
        contentFormat: options.contentFormat ?? contentFormat.opaque,
        payload: bytes,
        ...(blockSize !== undefined && { blockSize }),
        ...(onProgress && { onProgress }),
        ...(mayContinue && { mayContinue }),
      };
      return withoutValue(await this.#requests.ask(session, request, options, "transfer"));
    });
  }

  execute(
    endpoint: string,
    path: string,
    args: string | undefined,
    options: OperationOptions,
  ): Promise<OperationOutcome<void>> {
    const requests = this.#requests;
    return requests.at(endpoint, path, async (session, place) => {
      const wrong = checkExecute(place, args, requests.modelOf(session, place));
      if (wrong) return { kind: "invalid", why: wrong };
      const content = args ? { contentFormat: contentFormat.text, payload: new TextEncoder().encode(args) } : {};
      return withoutValue(
        await requests.ask(session, { method: POST, path: pathSegments(place), ...content }, options),
      );
    });
  }

  create(
    endpoint: string,
    objectId: number,
    node: InstanceNode,
    options: OperationOptions,
  ): Promise<OperationOutcome<void>> {
    const requests = this.#requests;
    return requests.at(endpoint, `/${objectId}`, async (session, place) => {
      const content = object(objectId, [node]);
      const wrong = checkWrite(place, content, requests.modelOf(session, place), "create");
      if (wrong) return { kind: "invalid", why: wrong };
      const asked = await requests.inFormat(session, writeFormats(content, session.registration), (format) => {
        const payload = encodeContent(content, format, { path: place, ...namePrefix(session) });
        return requests.ask(
          session,
          { method: POST, path: pathSegments(place), contentFormat: format, payload },
          options,
        );
      });
      // Devices say where only when they chose the number, and not all of those (OMA TS Core 1.1 §6.3.6).
      if (asked.kind === "ok") this.#onChanged.instance(session, { ...place, instance: node.instance }, "there");
      return withoutValue(asked);
    });
  }

  delete(endpoint: string, path: string, options: OperationOptions): Promise<OperationOutcome<void>> {
    return this.#requests.at(endpoint, path, async (session, place) => {
      const level = levelOf(place);
      if (level === "object" || level === "resource") {
        return { kind: "invalid", why: `${path} cannot be deleted: only an instance can.` };
      }
      if (level === "resource-instance" && session.registration.version === "1.0") {
        return { kind: "invalid", why: "LwM2M 1.0, which this device speaks, cannot delete a resource instance." };
      }
      const asked = await this.#requests.ask(session, { method: DELETE, path: pathSegments(place) }, options);
      if (asked.kind === "ok" && level === "instance") this.#onChanged.instance(session, place, "gone");
      return withoutValue(asked);
    });
  }

  writeAttributes(
    endpoint: string,
    path: string,
    attributes: NotificationAttributes,
    options: OperationOptions,
  ): Promise<OperationOutcome<void>> {
    return this.#requests.at(endpoint, path, async (session, place) => {
      const { version } = session.registration;
      const type = place.resource === undefined ? undefined : this.#typeAt(session, place);
      const wrong = checkAttributes(place, attributes, { version, type });
      if (wrong) return { kind: "invalid", why: wrong };
      const request = { method: PUT, path: pathSegments(place), query: attributeQuery(attributes) };
      return withoutValue(await this.#requests.ask(session, request, options));
    });
  }

  /** Some devices never say again what lifetime they have, and would be taken for lost. */
  #noteLifetime(session: DeviceSession, place: Path, node: Node): void {
    for (const { path, resource } of resourcesOf(node, place)) {
      if (path.object !== 1 || path.resource !== 1 || resource.kind !== "single") continue;
      // Of several server accounts we cannot tell which is ours.
      if (registeredObject(session.registration, 1)?.instances.length !== 1) continue;
      this.#onChanged.lifetime(session, Number(resource.value.value));
    }
  }

  #typeAt(session: DeviceSession, path: Path): ResourceType | undefined {
    return this.#requests.modelOf(session, path)?.resources.get(path.resource ?? 0)?.type;
  }
}

/** A bare value as the node that its path asks for; `undefined` where no single value can stand. */
export function nodeOfValue(path: Path, value: ResourceValue): Node | undefined {
  if (path.resourceInstance !== undefined) {
    return { kind: "resource-instance", resourceInstance: path.resourceInstance, value };
  }
  return path.resource === undefined ? undefined : single(path.resource, value);
}

/** Why a content cannot be written in a format that somebody asked for; undefined when it can. */
function whyUnfit(encode: () => unknown): string | undefined {
  try {
    encode();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error.message;
    throw error;
  }
}
