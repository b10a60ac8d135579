import { contentFormat } from "@lamplighter/coap/content-format";
import type { Clock } from "@lamplighter/runtime/clock";
import { type Asked, reading } from "./asked.ts";
import type { CompositeTarget } from "./composite-target.ts";
import type { DeviceSession } from "./device-session.ts";
import { nodesAt } from "./formats/composite.ts";
import type { ReadingContext, TimestampedValue } from "./formats/reading-context.ts";
import type { CompositePath } from "./formats/record-name.ts";
import { decodeTimestamped } from "./formats/series.ts";
import type { Node } from "./node.ts";
import type { DeviceModels } from "./object-version.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { formatPath } from "./path.ts";
import type { PathNode } from "./path-node.ts";
import type { ServerEvent } from "./server-event.ts";

/** Formats of composite requests and their answers, best first: CBOR is half as long on the air. */
export const compositeFormats: readonly number[] = [contentFormat.senmlCbor, contentFormat.senmlJson];
/** Formats in which a Send may come. */
export const sendFormats: readonly number[] = [...compositeFormats, contentFormat.lwm2mCbor];

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

  /** The values in a pack, each with its time. Throws `MalformedInput`. */
  values(session: DeviceSession, payload: Uint8Array, format: number): TimestampedValue[] {
    return decodeTimestamped(payload, format, undefined, this.#context(session));
  }

  /** What a pack says of each place that was asked about. Places that it passes over are absent. Throws `MalformedInput`. */
  nodes(
    session: DeviceSession,
    { places }: CompositeTarget,
    { payload, contentFormat: format }: { readonly payload: Uint8Array; readonly contentFormat?: number },
  ): PathNode[] {
    // Without a format it is taken to be the one that we ask for first.
    const values = this.values(session, payload, format ?? contentFormat.senmlCbor);
    // Of paths within one another some devices say everything twice.
    const latest = new Map(values.map((value) => [formatPath(value.path), value]));
    return this.placed(places, [...latest.values()], session);
  }

  /** Puts values that came together at the places to which they belong. Throws `MalformedInput`. */
  placed(places: readonly CompositePath[], values: readonly TimestampedValue[], session: DeviceSession): PathNode[] {
    return listed(nodesAt(values, places, this.#context(session), "values"));
  }

  #context({ registration }: DeviceSession): ReadingContext {
    return {
      modelOf: (object) => this.#models.find(registration, object),
      nowSeconds: this.#clock.now().getTime() / 1_000,
      rootPath: registration.rootPath,
    };
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
}

/** From 1.2 on names in a pack bear the alternate path (OMA TS Core 1.2.1 §6.4.7). */
export function namePrefix({ registration }: Pick<DeviceSession, "registration">): {
  readonly rootPath?: readonly string[];
} {
  return registration.version === "1.2" ? { rootPath: registration.rootPath } : {};
}

const listed = (nodes: ReadonlyMap<string, Node>): PathNode[] => [...nodes].map(([path, node]) => ({ path, node }));
