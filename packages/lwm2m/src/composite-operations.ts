import { FETCH, IPATCH } from "@lamplighter/coap/code";
import { contentFormat } from "@lamplighter/coap/content-format";
import { type Asked, withoutValue } from "./asked.ts";
import { checkDeletion, checkWrite } from "./check-write.ts";
import { type CompositeTarget, compositePatience, parseTarget } from "./composite-target.ts";
import type { DeviceRequests } from "./device-requests.ts";
import type { DeviceSession } from "./device-session.ts";
import { type CompositeWrite, encodeCompositeWrite, encodePaths } from "./formats/composite.ts";
import { valuesOf } from "./formats/node-assembly.ts";
import { malformedFrom } from "./malformed-input.ts";
import type { Node } from "./node.ts";
import type { OperationOptions } from "./operation-options.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { compositeFormats, namePrefix, type PackReader } from "./pack-reader.ts";
import { parsePath } from "./path.ts";
import type { PathNode } from "./path-node.ts";
import type { ResourceValue } from "./value.ts";
import { nodeOfValue } from "./write-operations.ts";

/** What to write at one of several places; or, of a resource instance of a device of LwM2M 1.2, that it is to be deleted. */
export interface PathContent {
  readonly path: string;
  readonly content: ResourceValue | Node | "delete";
}

/** The only formats in which a deletion can be said (RFC 8790 §3.2). */
const deletingFormats: readonly number[] = [contentFormat.senmlEtchCbor, contentFormat.senmlEtchJson];

/** Read-Composite and Write-Composite (OMA TS Core 1.1 §6.3.8, §6.3.9): several places in one request, at the root. */
export class CompositeOperations {
  readonly #requests: DeviceRequests;
  readonly #packs: PackReader;

  constructor(parts: { readonly requests: DeviceRequests; readonly packs: PackReader }) {
    this.#requests = parts.requests;
    this.#packs = parts.packs;
  }

  read(
    endpoint: string,
    paths: readonly string[],
    options: OperationOptions,
  ): Promise<OperationOutcome<readonly PathNode[]>> {
    return this.#requests.to(endpoint, async (session) => {
      const target = compositeTarget(paths);
      if ("why" in target) return { kind: "invalid", ...target };
      const why = whyNotComposite(session);
      if (why) return { kind: "invalid", why };
      const asked = await this.#ask(
        session,
        (format) => ({
          method: FETCH,
          payload: encodePaths(target.places, format, namePrefix(session)),
          accept: format,
          contentFormat: format,
        }),
        options,
      );
      return this.#packs.readAnswer(session, target, asked, "read");
    });
  }

  write(
    endpoint: string,
    contents: readonly PathContent[],
    options: OperationOptions,
  ): Promise<OperationOutcome<void>> {
    return this.#requests.to(endpoint, async (session) => {
      const why = whyNotComposite(session);
      if (why) return { kind: "invalid", why };
      const values: CompositeWrite[] = [];
      for (const { path, content } of contents) {
        const line = this.#line(session, path, content);
        if ("why" in line) return { kind: "invalid", ...line };
        values.push(...line.values);
      }
      if (values.length === 0) return { kind: "invalid", why: "There is nothing to write." };
      const asked = await this.#ask(
        session,
        (format) => ({
          method: IPATCH,
          payload: encodeCompositeWrite(values, format, namePrefix(session)),
          contentFormat: format,
        }),
        options,
        values.some(({ value }) => value === "delete") ? deletingFormats : compositeFormats,
      );
      return withoutValue(asked);
    });
  }

  /** What is to be written for one place, or why it cannot be. */
  #line(
    session: DeviceSession,
    path: string,
    content: PathContent["content"],
  ): { readonly values: readonly CompositeWrite[] } | { readonly why: string } {
    try {
      const place = parsePath(path);
      const model = this.#requests.modelOf(session, place);
      if (content === "delete") {
        const why = checkDeletion(place, model, session.registration.version);
        return why ? { why } : { values: [{ path: place, value: "delete" }] };
      }
      const node = "kind" in content ? content : nodeOfValue(place, content);
      if (!node) return { why: `${path} is not a resource: a single value cannot be written there.` };
      const why = checkWrite(place, node, model);
      return why ? { why } : { values: valuesOf(node, place) };
    } catch (error) {
      return { why: malformedFrom(error).why };
    }
  }

  async #ask(
    session: DeviceSession,
    request: (format: number) => CompositeRequest,
    options: OperationOptions,
    formats = compositeFormats,
  ): Promise<Asked> {
    const asked = await this.#requests.inFormat(session, formats, (format) =>
      this.#requests.askRoot(session, { ...request(format), responseTimeout: compositePatience }, options),
    );
    noteSilence(session, asked);
    return asked;
  }
}

interface CompositeRequest {
  readonly method: number;
  readonly payload: Uint8Array;
  readonly contentFormat: number;
  readonly accept?: number;
}

/** A list of places, or why it is none. */
export function compositeTarget(paths: readonly string[]): CompositeTarget | { readonly why: string } {
  try {
    const target = parseTarget(paths.join(" "));
    return { kind: "composite", key: target.key, places: target.places };
  } catch (error) {
    return { why: malformedFrom(error).why };
  }
}

/** Why a device cannot be asked about several places at once, if it cannot. */
export function whyNotComposite({ registration, hasNoComposite }: DeviceSession): string | undefined {
  if (registration.version === "1.0") return "LwM2M 1.0, which this device speaks, has no composite operations.";
  if (!hasNoComposite) return undefined;
  return "This device has acknowledged a composite request and never answered it, so it does not know them.";
}

/** Some devices acknowledge a FETCH that they do not know and say no more: they are not asked again. */
export function noteSilence(session: DeviceSession, asked: Asked): void {
  if (asked.kind === "timed-out" && asked.acknowledged) session.hasNoComposite = true;
}
