import type { LiveObservation } from "@lamplighter/coap/endpoint";
import type { ObservationTarget } from "./composite-target.ts";

/** One observation that a device holds for us. */
export interface Observation {
  /** One path, or several with a space between each. */
  readonly path: string;
  /** The same, read once: notifications come often. */
  readonly target: ObservationTarget;
  readonly accept: number;
  /** Undefined while the first answer is awaited. */
  live: LiveObservation | undefined;
}

/**
 * Which paths of one device should be observed, and which are.
 *
 * The two are kept apart because a device forgets its observations when it registers anew, while what we want to know
 * stays the same.
 */
export class Observations {
  readonly desired: Set<string>;
  /** By path; includes those whose first answer is awaited. */
  readonly #held = new Map<string, Observation>();
  /** Paths that are being asked for, or wait for their turn. */
  readonly asking = new Set<string>();
  /** Paths that the device refused. Not asked again before it registers anew or changes its objects. */
  readonly refused = new Set<string>();

  constructor(desired: Set<string>) {
    this.desired = desired;
  }

  find(path: string): Observation | undefined {
    return this.#held.get(path);
  }

  holds(observation: Observation): boolean {
    return this.#held.get(observation.path) === observation;
  }

  add(observation: Observation): void {
    this.#held.set(observation.path, observation);
  }

  remove(observation: Observation): void {
    if (this.holds(observation)) this.#held.delete(observation.path);
  }

  held(): Observation[] {
    return [...this.#held.values()];
  }

  /** What has to be asked for, and what to be ended, so that what is observed becomes what is desired. */
  difference(): { readonly missing: string[]; readonly superfluous: Observation[] } {
    return {
      missing: [...this.desired].filter(
        (path) => !this.#held.has(path) && !this.asking.has(path) && !this.refused.has(path),
      ),
      superfluous: this.held().filter(({ path }) => !this.desired.has(path)),
    };
  }
}
