import { formatCode, NOT_FOUND } from "@lamplighter/coap/code";
import { milliseconds } from "@lamplighter/runtime/duration";
import { withoutValue } from "./asked.ts";
import { readFormats } from "./content.ts";
import type { DeviceRequests } from "./device-requests.ts";
import type { DeviceSession } from "./device-session.ts";
import { malformedFrom } from "./malformed-input.ts";
import type { Node } from "./node.ts";
import { type ObservationKeeper, observationsPerDeviceMax } from "./observation-keeper.ts";
import type { OperationOptions } from "./operation-options.ts";
import type { OperationOutcome } from "./operation-outcome.ts";
import { formatPath, type Path, parsePath } from "./path.ts";
import type { ReadOperations } from "./read-operations.ts";
import type { StoredObservation } from "./registration-store.ts";

/** Observe and its cancellation (OMA TS Core 1.1 §6.4), and what should be observed after each registration. */
export class ObserveOperations {
  readonly #requests: DeviceRequests;
  readonly #reads: ReadOperations;
  readonly #keeper: ObservationKeeper;

  constructor(parts: {
    readonly requests: DeviceRequests;
    readonly reads: ReadOperations;
    readonly keeper: ObservationKeeper;
  }) {
    this.#requests = parts.requests;
    this.#reads = parts.reads;
    this.#keeper = parts.keeper;
  }

  observe(endpoint: string, path: string, options: OperationOptions): Promise<OperationOutcome<Node>> {
    return this.#requests.at(endpoint, path, async (session, place) => {
      const canonical = formatPath(place);
      const { observations } = session;
      if (observations.find(canonical)) return this.#reads.read(endpoint, canonical, options);
      if (observations.held().length >= observationsPerDeviceMax) {
        return { kind: "invalid", why: `${observationsPerDeviceMax} paths of this device are observed already.` };
      }
      observations.desired.add(canonical);
      observations.refused.delete(canonical);
      return this.#observe(session, place, options);
    });
  }

  cancel(endpoint: string, path: string, options: OperationOptions): Promise<OperationOutcome<void>> {
    return this.#requests.at(endpoint, path, async (session, place) => {
      const canonical = formatPath(place);
      session.observations.desired.delete(canonical);
      const observation = session.observations.find(canonical);
      if (!observation) return { kind: "ok", value: undefined, roundTrip: milliseconds(0) };
      const start = this.#keeper.cancelling(session, observation);
      return withoutValue(await this.#requests.exchange(session, start, options));
    });
  }

  /** Takes up an observation that a device still holds. False when it is none that we can have asked for. */
  restore(session: DeviceSession, stored: StoredObservation): boolean {
    const fits = session.registration.id === stored.registrationId && isPath(stored.path);
    if (fits) this.#keeper.restore(session, stored);
    return fits;
  }

  /** Makes what is observed what is desired. Whatever fails is tried again at the device's next sign of life. */
  reconcile(session: DeviceSession): void {
    if (session.registration.pending || session.ended) return;
    const { missing, superfluous } = session.observations.difference();
    for (const observation of superfluous) {
      void this.#requests.exchange(session, this.#keeper.cancelling(session, observation));
    }
    for (const path of missing) {
      const place = parsePath(path);
      const isListed = session.registration.objects.some((listed) => listed.object === place.object);
      if (isListed) void this.#observe(session, place, {});
    }
  }

  async #observe(session: DeviceSession, place: Path, options: OperationOptions): Promise<OperationOutcome<Node>> {
    const requests = this.#requests;
    const path = formatPath(place);
    session.observations.asking.add(path);
    const formats = readFormats(place, requests.modelOf(session, place));
    const asked = await requests.inFormat(session, formats, (accept) =>
      requests.exchange(session, this.#keeper.starting(session, path, accept), options),
    );
    session.observations.asking.delete(path);
    const isObserved = session.observations.find(path) !== undefined;
    // A device that said no is not asked again until something changes; one that was silent is.
    if (!isObserved && (asked.kind === "ok" || asked.kind === "error")) session.observations.refused.add(path);
    const outcome = this.#reads.readAnswer(session, place, asked, "notify");
    if (outcome.kind === "ok" && !isObserved) {
      return { kind: "error", code: formatCode(NOT_FOUND), message: "The device answered, but does not observe this." };
    }
    return outcome;
  }
}

function isPath(text: string): boolean {
  try {
    parsePath(text);
    return true;
  } catch (error) {
    malformedFrom(error);
    return false;
  }
}
