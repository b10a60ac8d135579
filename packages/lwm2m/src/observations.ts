import type { LiveObservation } from "@lamplighter/coap/endpoint";
import { SmallSet } from "@lamplighter/runtime/small-set";
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
  /** When something came of it last, or it was asked for; monotonic. */
  heardAt: number;
}

/** Tokens of observations ended by us of which a last notification is awaited, per device. Beyond, the oldest is forgotten. */
const partingMax = 8;
const none: readonly never[] = [];

/**
 * Which paths of one device should be observed, and which are.
 *
 * The two are kept apart because a device forgets its observations when it registers anew, while what we want to know
 * stays the same.
 */
export class Observations {
  readonly desired: SmallSet<string>;
  /** No two of one path; includes those whose first answer is awaited. */
  readonly #held = new SmallSet<Observation>();
  /** Paths that are being asked for, or wait for their turn. Of most devices none: an empty list is shared, and a set is not. */
  #asking: readonly string[] = none;
  /** Paths that the device refused. Not asked again before it registers anew or changes its objects. */
  #refused: readonly string[] = none;
  /** Tokens of observations that we ended: one more notification of each may come, and is nothing to wonder at. */
  #parting: string[] | undefined;
  /** The device may hold other observations than we think: they are to be asked for again. */
  isDoubtful = false;

  constructor(desired: SmallSet<string>) {
    this.desired = desired;
  }

  find(path: string): Observation | undefined {
    for (const observation of this.#held) if (observation.path === path) return observation;
    return undefined;
  }

  holds(observation: Observation): boolean {
    return this.#held.has(observation);
  }

  add(observation: Observation): void {
    const former = this.find(observation.path);
    if (former) this.#held.delete(former);
    this.#held.add(observation);
  }

  remove(observation: Observation): void {
    this.#held.delete(observation);
  }

  /** We ended an observation; a notification under its token may be on its way, or be what we wait for to reset it. */
  part(token: string): void {
    this.#parting = [...(this.#parting ?? []), token].slice(-partingMax);
  }

  /** Takes note of a last notification, and says whether it was one of an observation that we ended. True once only: its reset ends it at the device too. */
  endParting(token: string): boolean {
    const left = this.#parting?.filter((each) => each !== token);
    const isParting = left !== undefined && left.length !== this.#parting?.length;
    this.#parting = left?.length === 0 ? undefined : left;
    return isParting;
  }

  /** A path is being asked for from now on; called once for each {@link endAsking}. */
  beginAsking(path: string): void {
    if (!this.#asking.includes(path)) this.#asking = this.#asking.concat([path]);
  }

  endAsking(path: string): void {
    this.#asking = without(this.#asking, path);
  }

  /** The device refused a path. */
  refuse(path: string): void {
    if (!this.#refused.includes(path)) this.#refused = this.#refused.concat([path]);
  }

  /** A path may be asked for once more; all of them when none is named. */
  forgive(path?: string): void {
    this.#refused = path === undefined ? none : without(this.#refused, path);
  }

  held(): Observation[] {
    return [...this.#held];
  }

  /** What has to be asked for, and what to be ended, so that what is observed becomes what is desired. */
  difference(): { readonly missing: string[]; readonly superfluous: Observation[] } {
    return {
      missing: [...this.desired].filter(
        (path) => !this.find(path) && !this.#asking.includes(path) && !this.#refused.includes(path),
      ),
      superfluous: this.held().filter(({ path }) => !this.desired.has(path)),
    };
  }
}

function without(list: readonly string[], member: string): readonly string[] {
  if (!list.includes(member)) return list;
  return list.length === 1 ? none : list.filter((each) => each !== member);
}
