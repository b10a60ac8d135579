import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { CampaignRow, JobView, LiveEvent, ReadingView, WaveView } from "../views.ts";
import { concerns, type Interest } from "./interest.ts";
import { EventRing } from "./ring.ts";

/** Changes are gathered this long and told together: a screen need not move more often than four times a second. */
export const gatherFor = milliseconds(250);
/** Events kept for tabs that come back. Beyond, they are told to read again. */
export const ringEventsMax = 10_000;
/** Lights named in one event. Beyond, it says "and more". */
export const lightsNamedMax = 500;
/** Jobs told in one gathering; the rest follow in the next. */
export const jobsToldMax = 200;
/** Changes that wait to be told. Beyond, followers are told to read again. */
export const waitingMax = 50_000;
/** How long after the last tab left changes are still gathered, so that a reload finds its place. */
export const lingerFor = seconds(60);

/** Something that moved. What it looks like now is read when it is told, so that ten moves cost one look. */
export type Change =
  | { readonly kind: "device"; readonly deviceId: string }
  | { readonly kind: "reading"; readonly deviceId: string; readonly reading: ReadingView }
  | { readonly kind: "campaign"; readonly campaignId: string }
  | { readonly kind: "job"; readonly campaignId: string; readonly jobId: string }
  | { readonly kind: "firmware" }
  | { readonly kind: "groups" }
  | { readonly kind: "bootstraps" }
  | { readonly kind: "definitions" }
  | { readonly kind: "security" };

/** Looks up how things stand now. */
export interface LiveViews {
  campaigns(ids: readonly string[]): Promise<readonly { campaign: CampaignRow; waves: readonly WaveView[] }[]>;
  jobs(ids: readonly string[]): Promise<readonly JobView[]>;
}

interface Pending {
  devices: Set<string>;
  readings: Map<string, LiveEvent>;
  campaigns: Set<string>;
  jobs: Set<string>;
  firmware: boolean;
  groups: boolean;
  bootstraps: boolean;
  definitions: boolean;
  security: boolean;
}

/**
 * Carries changes to the tabs that look on.
 *
 * Each follower is a position in one shared ring, never a queue of its own: a slow tab costs nothing but its position,
 * and when the ring has passed it, it is told `reset` and reads again.
 */
export class LiveFeed {
  readonly #clock: Clock;
  readonly #views: LiveViews;
  readonly #log: Log;
  /** Differs at each start of the server, so that a position from before is recognised as gone. */
  readonly #epoch: string;
  readonly #ring: EventRing;
  readonly #waiting = new Set<() => void>();
  readonly #watched = new Map<string, { followers: number; since: number; until: number }>();
  #pending = nothingPending();
  #timer: Cancel | undefined;
  #telling = false;
  #followers = 0;
  #lastLeftAt = Number.NEGATIVE_INFINITY;
  #asleep = true;

  constructor(options: {
    clock: Clock;
    views: LiveViews;
    log: Log;
    epoch: string;
    eventsMax?: number;
  }) {
    this.#clock = options.clock;
    this.#views = options.views;
    this.#log = options.log;
    this.#epoch = options.epoch;
    this.#ring = new EventRing(options.eventsMax ?? ringEventsMax);
  }

  /** How many tabs (more exactly: subscriptions) look on. */
  get followers(): number {
    return this.#followers;
  }

  /** Notes that something moved. Cheap when nobody looks. */
  note(change: Change): void {
    if (this.#nobodyLooks()) {
      if (!this.#asleep) this.#sleep();
      return;
    }
    const pending = this.#pending;
    if (change.kind === "device") pending.devices.add(change.deviceId);
    else if (change.kind === "campaign") pending.campaigns.add(change.campaignId);
    else if (change.kind === "firmware") pending.firmware = true;
    else if (change.kind === "groups") pending.groups = true;
    else if (change.kind === "bootstraps") pending.bootstraps = true;
    else if (change.kind === "definitions") pending.definitions = true;
    else if (change.kind === "security") pending.security = true;
    else if (change.kind === "job") {
      if (this.#isWatched(change.campaignId)) pending.jobs.add(change.jobId);
    } else if (this.#isWatched(change.deviceId)) {
      pending.readings.set(`${change.deviceId} ${change.reading.path}`, change);
    }
    if (pending.readings.size + pending.jobs.size > waitingMax) {
      this.#pending = nothingPending();
      this.#ring.forget();
    }
    this.#arm();
  }

  /**
   * Follows what happens, from now or from after `lastEventId`. Ends when `signal` aborts.
   *
   * `hasRoom` is asked before each event; while it says no, nothing is taken from the ring.
   */
  async *follow(
    interest: Interest,
    options: { lastEventId?: string | undefined; signal: AbortSignal; hasRoom: () => boolean },
  ): AsyncGenerator<{ id: string; event: LiveEvent }> {
    const { signal, hasRoom } = options;
    const release = this.#enter(interest);
    try {
      let seq = this.#positionOf(options.lastEventId, interest);
      if (seq === undefined) {
        seq = this.#ring.newest;
        // The first event names the place in the stream, so that a tab that loses its connection at once can come back.
        const first: LiveEvent =
          options.lastEventId === undefined
            ? { kind: "devices-changed", deviceIds: [], more: false }
            : { kind: "reset" };
        yield { id: this.#idOf(seq), event: first };
      }
      while (!signal.aborted) {
        if (!hasRoom()) {
          await this.#pause(signal);
          continue;
        }
        const next = this.#ring.after(seq);
        if (next === undefined) {
          await this.#somethingNew(signal);
        } else if (next === "missed") {
          seq = this.#ring.newest;
          yield { id: this.#idOf(seq), event: { kind: "reset" } };
        } else {
          seq = next.seq;
          if (concerns(next.event, interest)) yield { id: this.#idOf(seq), event: next.event };
        }
      }
    } finally {
      release();
    }
  }

  /** Tells what has been gathered, now. The timer does this by itself. */
  async tell(): Promise<void> {
    this.#timer?.();
    this.#timer = undefined;
    if (this.#telling) return;
    this.#telling = true;
    const { devices, readings, campaigns, jobs, firmware, groups, bootstraps, definitions, security } = this.#pending;
    this.#pending = nothingPending();
    try {
      if (devices.size > 0) {
        const deviceIds = [...devices].slice(0, lightsNamedMax);
        this.#ring.push({ kind: "devices-changed", deviceIds, more: devices.size > deviceIds.length });
      }
      for (const reading of readings.values()) this.#ring.push(reading);
      if (firmware) this.#ring.push({ kind: "firmware-changed" });
      if (groups) this.#ring.push({ kind: "groups-changed" });
      if (bootstraps) this.#ring.push({ kind: "bootstraps-changed" });
      if (definitions) this.#ring.push({ kind: "definitions-changed" });
      if (security) this.#ring.push({ kind: "security-changed" });
      if (campaigns.size > 0) {
        for (const view of await this.#views.campaigns([...campaigns])) this.#ring.push({ kind: "campaign", ...view });
      }
      const told = [...jobs].slice(0, jobsToldMax);
      for (const id of [...jobs].slice(jobsToldMax)) this.#pending.jobs.add(id);
      if (told.length > 0) for (const job of await this.#views.jobs(told)) this.#ring.push({ kind: "job", job });
    } catch (error) {
      this.#log.error("Live changes could not be looked up; tabs are told to read again.", { error: String(error) });
      this.#ring.forget();
    } finally {
      this.#telling = false;
      for (const wake of [...this.#waiting]) wake();
      if (hasPending(this.#pending)) this.#arm();
    }
  }

  #arm(): void {
    if (this.#timer || this.#telling) return;
    this.#timer = this.#clock.after(gatherFor, () => void this.tell());
  }

  #idOf(seq: number): string {
    return `${this.#epoch}-${seq}`;
  }

  /** Where an event id stands in the ring; undefined when there is none or it is not ours. */
  #positionOf(lastEventId: string | undefined, interest: Interest): number | undefined {
    if (lastEventId === undefined || this.#asleep) return undefined;
    const dash = lastEventId.lastIndexOf("-");
    const digits = lastEventId.slice(dash + 1);
    if (lastEventId.slice(0, dash) !== this.#epoch || !/^\d{1,15}$/.test(digits)) return undefined;
    const seq = Number(digits);
    // Readings and jobs are gathered only for what is watched; from before that they are not in the ring.
    for (const key of watchKeys(interest)) if ((this.#watched.get(key)?.since ?? seq + 1) > seq) return undefined;
    return this.#ring.after(seq) === "missed" ? undefined : seq;
  }

  #enter(interest: Interest): () => void {
    if (this.#nobodyLooks()) this.#sleep();
    this.#followers++;
    this.#asleep = false;
    const now = this.#clock.monotonic();
    for (const [key, watch] of this.#watched) if (watch.followers === 0 && watch.until < now) this.#watched.delete(key);
    for (const key of watchKeys(interest)) {
      const watch = this.#watched.get(key) ?? { followers: 0, since: this.#ring.newest, until: now };
      watch.followers++;
      this.#watched.set(key, watch);
    }
    return () => {
      this.#followers--;
      this.#lastLeftAt = this.#clock.monotonic();
      for (const key of watchKeys(interest)) {
        const watch = this.#watched.get(key);
        if (!watch) continue;
        watch.followers--;
        watch.until = this.#lastLeftAt + lingerFor;
      }
    };
  }

  #isWatched(key: string): boolean {
    const watch = this.#watched.get(key);
    return watch !== undefined && (watch.followers > 0 || watch.until >= this.#clock.monotonic());
  }

  #nobodyLooks(): boolean {
    return this.#followers === 0 && this.#clock.monotonic() - this.#lastLeftAt > lingerFor;
  }

  #sleep(): void {
    this.#asleep = true;
    this.#pending = nothingPending();
    this.#watched.clear();
    this.#ring.forget();
  }

  #somethingNew(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake);
    });
  }

  #pause(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        cancel();
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const cancel = this.#clock.after(gatherFor, wake);
      signal.addEventListener("abort", wake);
    });
  }
}

function watchKeys(interest: Interest): readonly string[] {
  return [interest.deviceId, interest.campaignId].filter((key) => key !== undefined);
}

function nothingPending(): Pending {
  return {
    devices: new Set(),
    readings: new Map(),
    campaigns: new Set(),
    jobs: new Set(),
    firmware: false,
    groups: false,
    bootstraps: false,
    definitions: false,
    security: false,
  };
}

function hasPending(p: Pending): boolean {
  return (
    p.firmware ||
    p.groups ||
    p.bootstraps ||
    p.definitions ||
    p.security ||
    p.devices.size + p.readings.size + p.campaigns.size + p.jobs.size > 0
  );
}
