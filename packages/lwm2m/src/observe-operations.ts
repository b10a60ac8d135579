import { formatCode, NOT_FOUND } from "@lamplighter/coap/code";
import { milliseconds } from "@lamplighter/runtime/duration";
import { type Asked, withoutValue } from "./asked.ts";
import { compositeTarget, noteSilence, whyNotComposite } from "./composite-operations.ts";
import { type ObservationTarget, parseTarget, singleTarget } from "./composite-target.ts";
import { readFormats } from "./content-negotiation.ts";
import type { DeviceRequests } from "./device-requests.ts";
import type { DeviceSession } from "./device-session.ts";
import { malformedFrom } from "./malformed-input.ts";
import type { Node } from "./node.ts";
import { attributeQuery, checkAttributes } from "./notification-attributes.ts";
import { type ObservationKeeper, observationsPerDeviceMax } from "./observation-keeper.ts";
import type { Observation } from "./observations.ts";
import type { CancelOptions, ObserveOptions, OperationOptions } from "./operation-options.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { compositeFormats, type PackReader } from "./pack-reader.ts";
import { formatPath } from "./path.ts";
import type { PathNode } from "./path-node.ts";
import type { ReadOperations } from "./read-operations.ts";
import type { StoredObservation } from "./registration-store.ts";

/** Observe and its cancellation (OMA TS Core 1.1 §6.4), and what should be observed after each registration. */
export class ObserveOperations {
  readonly #requests: DeviceRequests;
  readonly #reads: ReadOperations;
  readonly #packs: PackReader;
  readonly #keeper: ObservationKeeper;

  constructor(parts: {
    readonly requests: DeviceRequests;
    readonly reads: ReadOperations;
    readonly packs: PackReader;
    readonly keeper: ObservationKeeper;
  }) {
    this.#requests = parts.requests;
    this.#reads = parts.reads;
    this.#packs = parts.packs;
    this.#keeper = parts.keeper;
  }

  observe(endpoint: string, path: string, options: ObserveOptions): Promise<OperationOutcome<Node>> {
    const requests = this.#requests;
    return requests.at(endpoint, path, async (session, place) => {
      const { attributes = {} } = options;
      const query = attributeQuery(attributes);
      const { version } = session.registration;
      if (query.length > 0 && version !== "1.2") {
        return { kind: "invalid", why: `LwM2M ${version}, which this device speaks, has no attributes in Observe.` };
      }
      const type = requests.modelOf(session, place)?.resources.get(place.resource ?? -1)?.type;
      const wrong = checkAttributes(place, attributes, { version, type });
      if (wrong) return { kind: "invalid", why: wrong };
      const target = singleTarget(place, query);
      const { observations } = session;
      const held = observations.find(target.key);
      if (held && !held.live) return this.#reads.read(endpoint, formatPath(place), options);
      if (held) {
        const asked = await this.#ask(session, held, options);
        return observed(session, target.key, this.#reads.readAnswer(session, place, asked, "notify"));
      }
      const why = this.#whyNoMore(session);
      if (why) return { kind: "invalid", why };
      observations.desired.add(target.key);
      observations.forgive(target.key);
      const asked = await this.#observe(session, target, options);
      return observed(session, target.key, this.#reads.readAnswer(session, place, asked, "notify"));
    });
  }

  observeComposite(
    endpoint: string,
    paths: readonly string[],
    options: OperationOptions,
  ): Promise<OperationOutcome<readonly PathNode[]>> {
    return this.#requests.to(endpoint, async (session) => {
      const target = compositeTarget(paths);
      if ("why" in target) return { kind: "invalid", ...target };
      const why = whyNotComposite(session) ?? this.#whyNoMore(session);
      if (why) return { kind: "invalid", why };
      session.observations.desired.add(target.key);
      session.observations.forgive(target.key);
      const asked = await this.#observe(session, target, options);
      return observed(session, target.key, this.#packs.readAnswer(session, target, asked, "notify"));
    });
  }

  cancel(endpoint: string, paths: string | readonly string[], options: CancelOptions): Promise<OperationOutcome<void>> {
    return this.#requests.to(endpoint, async (session) => {
      const target = targetOf(typeof paths === "string" ? paths : paths.join(" "));
      if ("why" in target) return { kind: "invalid", ...target };
      const { observations } = session;
      // A path alone ends its observation whatever attributes that was given.
      const observation =
        observations.find(target.key) ??
        observations.held().find(({ target: held }) => held.kind === "single" && formatPath(held.place) === target.key);
      observations.desired.delete(observation?.path ?? target.key);
      const nothing = { kind: "ok", value: undefined, roundTrip: milliseconds(0) } as const;
      if (!observation) return nothing;
      if (options.by === "reset") {
        this.#keeper.reset(session, observation);
        return nothing;
      }
      const start = this.#keeper.cancelling(session, observation);
      return withoutValue(await this.#requests.exchange(session, start, options));
    });
  }

  /** Takes up an observation that a device still holds. False when it is none that we can have asked for. */
  restore(session: DeviceSession, stored: StoredObservation): boolean {
    const fits = session.registration.id === stored.registrationId && !("why" in targetOf(stored.path));
    if (fits) this.#keeper.restore(session, stored);
    return fits;
  }

  /**
   * Makes what is observed what is desired, and asks again for what was silent for too long. Whatever fails is tried again at
   * the device's next sign of life.
   */
  reconcile(session: DeviceSession): void {
    if (session.registration.pending || session.ended) return;
    const { missing, superfluous } = session.observations.difference();
    for (const observation of superfluous) {
      void this.#requests.exchange(session, this.#keeper.cancelling(session, observation));
    }
    for (const observation of this.#keeper.silent(session)) void this.#refresh(session, observation);
    for (const key of missing) {
      const target = parseTarget(key);
      if (target.kind === "composite" && whyNotComposite(session)) continue;
      const { objects } = session.registration;
      const isListed = target.places.some(
        (place) => place === "/" || objects.some(({ object }) => object === place.object),
      );
      if (isListed) void this.#observeAgain(session, target);
    }
  }

  /** Asks for all again that a device should hold. What it does not answer is in doubt still. */
  refresh(session: DeviceSession): void {
    for (const observation of session.observations.held()) {
      if (observation.live) void this.#refresh(session, observation);
    }
    this.reconcile(session);
  }

  async #refresh(session: DeviceSession, observation: Observation): Promise<void> {
    // Not silent while it waits for its turn.
    observation.heardAt = Number.POSITIVE_INFINITY;
    const asked = await this.#ask(session, observation, {});
    this.#readAnswer(session, observation.target, asked);
    if (asked.kind === "timed-out" || asked.kind === "unreachable") session.observations.isDoubtful = true;
  }

  #ask(session: DeviceSession, held: Observation, options: OperationOptions): Promise<Asked> {
    return this.#requests.exchange(session, this.#keeper.refreshing(session, held), options);
  }

  async #observeAgain(session: DeviceSession, target: ObservationTarget): Promise<void> {
    const asked = await this.#observe(session, target, {});
    this.#readAnswer(session, target, asked);
  }

  #readAnswer(session: DeviceSession, target: ObservationTarget, asked: Asked): void {
    if (target.kind === "single") this.#reads.readAnswer(session, target.place, asked, "notify");
    else this.#packs.readAnswer(session, target, asked, "notify");
  }

  async #observe(session: DeviceSession, target: ObservationTarget, options: OperationOptions): Promise<Asked> {
    const requests = this.#requests;
    const { observations } = session;
    observations.beginAsking(target.key);
    const formats =
      target.kind === "single"
        ? readFormats(target.place, requests.modelOf(session, target.place), session.registration)
        : compositeFormats;
    const asked = await requests.inFormat(session, formats, (accept) =>
      requests.exchange(session, this.#keeper.starting(session, target, accept), options),
    );
    observations.endAsking(target.key);
    if (target.kind === "composite") noteSilence(session, asked);
    const isObserved = observations.find(target.key) !== undefined;
    // A device that said no is not asked again until something changes; one that was silent is.
    if (!isObserved && (asked.kind === "ok" || asked.kind === "error")) observations.refuse(target.key);
    return asked;
  }

  #whyNoMore({ observations }: DeviceSession): string | undefined {
    if (observations.held().length < observationsPerDeviceMax) return undefined;
    return `${observationsPerDeviceMax} paths of this device are observed already.`;
  }
}

/** An answer without the Observe option reads well, and yet is no observation. */
function observed<T>(session: DeviceSession, key: string, outcome: OperationOutcome<T>): OperationOutcome<T> {
  if (outcome.kind !== "ok" || session.observations.find(key)) return outcome;
  return { kind: "error", code: formatCode(NOT_FOUND), message: "The device answered, but does not observe this." };
}

function targetOf(text: string): ObservationTarget | { readonly why: string } {
  try {
    return parseTarget(text);
  } catch (error) {
    return { why: malformedFrom(error).why };
  }
}
