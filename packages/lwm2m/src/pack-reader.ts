import type { Clock } from "@lamplighter/runtime/clock";
import { type Asked, reading } from "./asked.ts";
import type { CompositeTarget } from "./composite-target.ts";
import type { DeviceSession } from "./device-session.ts";
import type { DeviceModels } from "./object-version.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { decodePack, packFormats } from "./pack-content.ts";
import type { Path } from "./path.ts";
import { nodesFrom, type PathNode, type PathValue } from "./path-node.ts";
import type { Registration } from "./registration.ts";
import type { ServerEvent } from "./server-event.ts";

/** Reads packs, values of several places, as a device has sent them, and tells what is in them place by place. */
export class PackReader {
  readonly #models: DeviceModels;
  readonly #clock: Clock;
  readonly #onEvent: (event: ServerEvent) => void;

  constructor(parts: {
    readonly models: DeviceModels;
    readonly clock: Clock;
    readonly onEvent: (event: ServerEvent) => void;
  }) {
    this.#models = parts.models;
    this.#clock = parts.clock;
    this.#onEvent = parts.onEvent;
  }

  /** The values in a pack. Throws `MalformedInput`. */
  values(session: DeviceSession, payload: Uint8Array, format: number | undefined): PathValue[] {
    const { registration } = session;
    return decodePack(payload, format ?? packFormats[0], {
      now: this.#clock.now().getTime(),
      rootPath: namePrefix(session),
      typeAt: (path) => this.#typeAt(registration, path),
    });
  }

  /** What a pack says of each place that was asked about. Places that it passes over are absent. Throws `MalformedInput`. */
  nodes(
    session: DeviceSession,
    target: CompositeTarget,
    content: { readonly payload: Uint8Array; readonly contentFormat?: number },
  ): PathNode[] {
    return nodesFrom(target.places, this.values(session, content.payload, content.contentFormat));
  }

  readAnswer(
    session: DeviceSession,
    target: CompositeTarget,
    asked: Asked,
    source: "read" | "notify",
  ): OperationOutcome<readonly PathNode[]> {
    const outcome = reading(asked, (response) => this.nodes(session, target, response));
    if (outcome.kind === "ok") this.tell(session, outcome.value, source);
    return outcome;
  }

  /** Tells values place by place; `at` is when they were so, now when absent. */
  tell(session: DeviceSession, nodes: readonly PathNode[], source: "read" | "notify", at?: number): void {
    const { endpoint } = session.registration;
    const time = at ?? this.#clock.now().getTime();
    for (const { path, node } of nodes) this.#onEvent({ kind: "value", endpoint, path, node, source, at: time });
  }

  #typeAt(registration: Registration, { object, resource }: Path) {
    return resource === undefined ? undefined : this.#models.find(registration, object)?.resources.get(resource)?.type;
  }
}

/** From 1.2 on names in a pack bear the alternate path (OMA TS Core 1.2.1 §6.4.7). */
export function namePrefix({ registration }: Pick<DeviceSession, "registration">): readonly string[] {
  return registration.version === "1.2" ? registration.rootPath : [];
}
