import { BAD_REQUEST, CHANGED, isSuccess } from "@lamplighter/coap/code";
import type { OutgoingResponse, Subscriber } from "@lamplighter/coap/endpoint";
import type { NotificationAttributes } from "@lamplighter/lwm2m/notification-attributes";
import { formatPath, type Path } from "@lamplighter/lwm2m/path";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";
import { type AttributedPlace, mergedAttributes } from "./observe-attributes.ts";

/** What stands at an observed path now. */
export interface Sample {
  readonly response: OutgoingResponse;
  /** The same for the same value; the light's clock, which never stands still, does not count. */
  readonly fingerprint: string;
  /** Present for a single numeric resource: what gt, lt and st are about. */
  readonly number?: number;
  /** Present for a single boolean resource: what edge is about. */
  readonly flag?: boolean;
}

interface Observation {
  /** What it is kept under: one path, or several with a space between each. */
  readonly key: string;
  /** The one path, or nowhere for several: attributes are set at one. */
  readonly path: Path | undefined;
  readonly sample: () => Sample;
  readonly subscriber: Subscriber;
  /** Attributes for this observation alone: they stand above what was set at the path (LwM2M 1.2). */
  readonly own: NotificationAttributes;
  told: Sample;
  /** The flag when it was looked at last, and whether it has changed since it was told as edge asks for. */
  flag: boolean | undefined;
  hasEdge: boolean;
  toldAt: number;
  alarm: Cancel | undefined;
}

interface ObserversOptions {
  readonly clock: Clock;
  readonly sample: (path: Path, accept: number | undefined) => Sample;
  readonly send: (subscriber: Subscriber, response: OutgoingResponse & { readonly confirmable: boolean }) => void;
  /** Default Minimum and Maximum Period of object 1, in seconds; a maximum of 0 is none. */
  readonly defaults: () => { readonly pmin: number; readonly pmax: number };
}

/**
 * Keeps who observes what, and says when each is told (OMA TS Core 1.1 §6.4, §7.3.2).
 *
 * A change is told at once, but not before pmin after the last time; without a change it is told again after pmax. Where
 * gt, lt or st are set, only a crossing or a step counts as a change; where edge is, only a flag that rises or falls; what
 * con says is how it is told, and confirmably when nothing is said. epmin, epmax and hqmax are kept and shown, and change
 * nothing: the light looks at its values whenever they change, and what it could not tell is told anew, not one by one.
 */
export class Observers {
  readonly #options: ObserversOptions;
  // One observation per path: a server that asks again, with a new token, has forgotten the old one.
  readonly #observations = new Map<string, Observation>();
  readonly #attributes = new Map<string, NotificationAttributes>();

  constructor(options: ObserversOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#observations.size;
  }

  add(path: Path, subscriber: Subscriber, told: Sample, own: NotificationAttributes = {}): void {
    const sample = () => this.#options.sample(path, subscriber.accept);
    this.#add({ key: formatPath(path), path, sample, subscriber, told, own });
  }

  /** Several paths observed as one (OMA TS Core 1.1 §6.4.4); the server's default periods are theirs. */
  addComposite(key: string, subscriber: Subscriber, sample: () => Sample): void {
    this.#add({ key, path: undefined, sample, subscriber, told: sample(), own: {} });
  }

  #add(about: Pick<Observation, "key" | "path" | "sample" | "subscriber" | "told" | "own">): void {
    this.#remove(about.key);
    const { flag } = about.told;
    const toldAt = this.#options.clock.monotonic();
    const observation = { ...about, toldAt, flag, hasEdge: false, alarm: undefined };
    this.#observations.set(about.key, observation);
    this.#setAlarm(observation);
  }

  /**
   * Somebody asked to observe this no more: true of whoever asked, by its token, and of nobody who took its place since (a
   * late copy of that request may come long after).
   */
  removeEnded(path: Path | string): void {
    const key = typeof path === "string" ? path : formatPath(path);
    if (this.#observations.get(key)?.subscriber.live === false) this.#remove(key);
  }

  #remove(key: string): void {
    this.#observations.get(key)?.alarm?.();
    this.#observations.delete(key);
  }

  /** Forgets observations and attributes: a reboot. */
  clear(): void {
    for (const { alarm } of this.#observations.values()) alarm?.();
    this.#observations.clear();
    this.#attributes.clear();
  }

  /** Something may have changed: tells those who are owed it. */
  review(): void {
    for (const observation of this.#observations.values()) this.#judge(observation);
  }

  /** Merges a Write-Attributes into what is set at a path; the code to answer with. */
  setAttributes(place: AttributedPlace, query: readonly string[]): number {
    const key = formatPath(place.path);
    const merged = mergedAttributes(query, this.#attributes.get(key) ?? {}, place);
    if (!merged) return BAD_REQUEST;
    if (Object.keys(merged).length === 0) this.#attributes.delete(key);
    else this.#attributes.set(key, merged);
    this.review();
    return CHANGED;
  }

  /** The attributes set at exactly this path, as link parameters: `;pmin=10;pmax=60`. */
  attributesAt(path: Path): string {
    const set = Object.entries(this.#attributes.get(formatPath(path)) ?? {});
    return set.map(([name, value]) => `;${name}=${value}`).join("");
  }

  #judge(observation: Observation): void {
    const { clock } = this.#options;
    if (!observation.subscriber.live) return this.#remove(observation.key);
    const effective = this.#effective(observation);
    const { pmin, pmax } = effective;
    const now = observation.sample();
    observation.hasEdge ||= isEdge(observation.flag, now.flag, effective.edge);
    observation.flag = now.flag;
    const news =
      effective.edge == null || now.flag === undefined ? isNews(observation.told, now, effective) : observation.hasEdge;
    const since = clock.monotonic() - observation.toldAt;
    const isDue = news ? since >= pmin * 1_000 : pmax > 0 && since >= pmax * 1_000;
    if (!isDue) return this.#setAlarm(observation);
    observation.told = now;
    observation.toldAt = clock.monotonic();
    observation.hasEdge = false;
    this.#options.send(observation.subscriber, { ...now.response, confirmable: effective.con !== 0 });
    if (!isSuccess(now.response.code)) return this.#remove(observation.key);
    this.#setAlarm(observation);
  }

  /** The next moment at which time alone makes a difference: the end of pmin, and pmax. */
  #setAlarm(observation: Observation): void {
    const { clock } = this.#options;
    observation.alarm?.();
    observation.alarm = undefined;
    const { pmin, pmax } = this.#effective(observation);
    const since = clock.monotonic() - observation.toldAt;
    const waits = [pmin, pmax].map((period) => period * 1_000 - since).filter((wait) => wait > 0);
    if (waits.length === 0) return;
    // Rounded up: a sum of times a hair short of the period would ring at once, over and over, and never be due.
    observation.alarm = clock.after(milliseconds(Math.ceil(Math.min(...waits))), () => this.#judge(observation));
  }

  /** What is for this observation alone, else set at the path, else above it, else the server's defaults. */
  #effective({ path, own }: Observation): NotificationAttributes & { readonly pmin: number; readonly pmax: number } {
    if (!path) return this.#options.defaults();
    const { object, instance = 0, resource = 0 } = path;
    const levels = [`/${object}`, `/${object}/${instance}`, `/${object}/${instance}/${resource}`];
    const depth = path.resource !== undefined ? 3 : path.instance !== undefined ? 2 : 1;
    const set: NotificationAttributes = Object.assign(
      {},
      ...levels.slice(0, depth).map((level) => this.#attributes.get(level)),
      own,
    );
    const { pmin, pmax } = { ...this.#options.defaults(), ...set } as { pmin: number; pmax: number };
    // A pmax below pmin is ignored (§7.3.2).
    return { ...set, pmin, pmax: pmax < pmin ? 0 : pmax };
  }
}

function isEdge(before: boolean | undefined, now: boolean | undefined, edge: number | null | undefined): boolean {
  if (edge == null || now === undefined) return false;
  return before !== now && now === (edge === 1);
}

function isNews(told: Sample, now: Sample, { gt, lt, st }: NotificationAttributes): boolean {
  if (told.fingerprint === now.fingerprint) return false;
  if (told.number === undefined || now.number === undefined || (gt == null && lt == null && st == null)) return true;
  const [before, after] = [told.number, now.number];
  const crosses = (bound: number) => before > bound !== after > bound;
  if (gt != null && crosses(gt)) return true;
  if (lt != null && before < lt !== after < lt) return true;
  return st != null && Math.abs(after - before) >= st;
}
