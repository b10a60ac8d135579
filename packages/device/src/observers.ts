import { BAD_REQUEST, CHANGED, isSuccess } from "@lamplighter/coap/code";
import type { OutgoingResponse, Subscriber } from "@lamplighter/coap/endpoint";
import { checkAttributes, type NotificationAttributes } from "@lamplighter/lwm2m/notification-attributes";
import { formatPath, type Path } from "@lamplighter/lwm2m/path";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { milliseconds } from "@lamplighter/runtime/duration";

/** What stands at an observed path now. */
export interface Sample {
  readonly response: OutgoingResponse;
  /** The same for the same value; the light's clock, which never stands still, does not count. */
  readonly fingerprint: string;
  /** Present for a single numeric resource: what gt, lt and st are about. */
  readonly number?: number;
}

interface Observation {
  /** What it is kept under: one path, or several with a space between each. */
  readonly key: string;
  /** The one path, or nowhere for several: attributes are set at one. */
  readonly path: Path | undefined;
  readonly sample: () => Sample;
  readonly subscriber: Subscriber;
  told: Sample;
  toldAt: number;
  alarm: Cancel | undefined;
}

interface ObserversOptions {
  readonly clock: Clock;
  readonly sample: (path: Path, accept: number | undefined) => Sample;
  readonly send: (subscriber: Subscriber, response: OutgoingResponse) => void;
  /** Default Minimum and Maximum Period of object 1, in seconds; a maximum of 0 is none. */
  readonly defaults: () => { readonly pmin: number; readonly pmax: number };
}

const names = ["pmin", "pmax", "epmin", "epmax", "gt", "lt", "st"] as const;
type Name = (typeof names)[number];

/**
 * Keeps who observes what, and says when each is told (OMA TS Core 1.1 §6.4, §7.3.2).
 *
 * A change is told at once, but not before pmin after the last time; without a change it is told again after pmax. Where
 * gt, lt or st are set, only a crossing or a step counts as a change. epmin and epmax are kept and shown, and change
 * nothing: the light looks at its values whenever they change.
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

  add(path: Path, subscriber: Subscriber, told: Sample): void {
    const sample = () => this.#options.sample(path, subscriber.accept);
    this.#add({ key: formatPath(path), path, sample, subscriber, told });
  }

  /** Several paths observed as one (OMA TS Core 1.1 §6.4.4); the server's default periods are theirs. */
  addComposite(key: string, subscriber: Subscriber, sample: () => Sample): void {
    this.#add({ key, path: undefined, sample, subscriber, told: sample() });
  }

  #add(about: Pick<Observation, "key" | "path" | "sample" | "subscriber" | "told">): void {
    this.#remove(about.key);
    const observation = { ...about, toldAt: this.#options.clock.monotonic(), alarm: undefined };
    this.#observations.set(about.key, observation);
    this.#setAlarm(observation);
  }

  remove(path: Path | string): void {
    this.#remove(typeof path === "string" ? path : formatPath(path));
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
  setAttributes(path: Path, query: readonly string[]): number {
    const given = readAttributes(query);
    if (!given) return BAD_REQUEST;
    const merged = { ...this.#attributes.get(formatPath(path)), ...given };
    if (checkAttributes(path, merged) !== undefined) return BAD_REQUEST;
    const left = Object.entries(merged).filter(([, value]) => value !== null);
    if (left.length === 0) this.#attributes.delete(formatPath(path));
    else this.#attributes.set(formatPath(path), Object.fromEntries(left));
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
    const { pmin, pmax, ...rest }: NotificationAttributes & { pmin: number; pmax: number } = this.#effective(
      observation.path,
    );
    const now = observation.sample();
    const since = clock.monotonic() - observation.toldAt;
    const isDue = isNews(observation.told, now, rest) ? since >= pmin * 1_000 : pmax > 0 && since >= pmax * 1_000;
    if (!isDue) return this.#setAlarm(observation);
    observation.told = now;
    observation.toldAt = clock.monotonic();
    this.#options.send(observation.subscriber, now.response);
    if (!isSuccess(now.response.code)) return this.#remove(observation.key);
    this.#setAlarm(observation);
  }

  /** The next moment at which time alone makes a difference: the end of pmin, and pmax. */
  #setAlarm(observation: Observation): void {
    const { clock } = this.#options;
    observation.alarm?.();
    observation.alarm = undefined;
    const { pmin, pmax } = this.#effective(observation.path);
    const since = clock.monotonic() - observation.toldAt;
    const waits = [pmin, pmax].map((period) => period * 1_000 - since).filter((wait) => wait > 0);
    if (waits.length === 0) return;
    // Rounded up: a sum of times a hair short of the period would ring at once, over and over, and never be due.
    observation.alarm = clock.after(milliseconds(Math.ceil(Math.min(...waits))), () => this.#judge(observation));
  }

  /** What is set at the path, else above it, else the server's defaults. */
  #effective(path: Path | undefined) {
    if (!path) return this.#options.defaults();
    const { object, instance = 0, resource = 0 } = path;
    const levels = [`/${object}`, `/${object}/${instance}`, `/${object}/${instance}/${resource}`];
    const depth = path.resource !== undefined ? 3 : path.instance !== undefined ? 2 : 1;
    const set = Object.assign({}, ...levels.slice(0, depth).map((level) => this.#attributes.get(level)));
    const { pmin, pmax } = { ...this.#options.defaults(), ...set } as { pmin: number; pmax: number };
    // A pmax below pmin is ignored (§7.3.2).
    return { ...(set as NotificationAttributes), pmin, pmax: pmax < pmin ? 0 : pmax };
  }
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

function readAttributes(query: readonly string[]): NotificationAttributes | undefined {
  const read: Partial<Record<Name, number | null>> = {};
  for (const part of query) {
    const [, name, value] = /^([a-z]+)(?:=(-?\d{1,15}(?:\.\d{1,10})?))?$/.exec(part) ?? [];
    const known = names.find((each) => each === name);
    if (!known || known in read) return undefined;
    read[known] = value === undefined ? null : Number(value);
  }
  return read;
}
