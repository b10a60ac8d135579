import type { Presence } from "@lamplighter/campaigns/device-query";
import { codeOf } from "@lamplighter/db/database-errors";
import type { Device, PrismaClient } from "@lamplighter/db/generated/client";
import type { Cancel, Clock } from "@lamplighter/runtime/clock";
import { milliseconds, seconds } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import type { LiveFeed } from "../live/feed.ts";
import type { ReadingView, WireValue } from "../views.ts";
import { patchFrom } from "./known-resources.ts";
import { insertSightings } from "./sightings.ts";
import { type DeviceRecord, devicesNamed, readingKey, storeDevices, storeEvents, storeReadings } from "./writer-sql.ts";

/** What the engine learned of a light. What is undefined stays as it is. */
export interface DevicePatch {
  readonly presence?: Presence | undefined;
  readonly lastSeenAt?: Date | undefined;
  readonly registeredAt?: Date | undefined;
  readonly queueMode?: boolean | undefined;
  readonly manufacturer?: string | undefined;
  readonly model?: string | undefined;
  readonly hardwareRevision?: string | undefined;
  readonly serialNumber?: string | undefined;
  readonly firmwareVersion?: string | undefined;
  readonly lampLevel?: number | undefined;
  readonly lampFailure?: boolean | undefined;
  readonly latitude?: number | undefined;
  readonly longitude?: number | undefined;
  readonly cell?: string | undefined;
  /** Something moved that is not a column: tabs are told. */
  readonly touched?: true;
}

export interface PendingReading {
  readonly endpoint: string;
  readonly path: string;
  readonly value: WireValue;
  readonly source: ReadingView["source"];
  readonly at: Date;
}

export interface PendingEvent {
  readonly endpoint: string;
  readonly kind: string;
  readonly message: string;
  readonly at: Date;
}

/** Changes are gathered this long and written together. */
const gatherFor = milliseconds(200);
const retryAfter = seconds(2);
/** Lights written in one transaction. */
const lightsPerWriteMax = 1_000;
/** Events that wait to be written. Beyond, the newest are dropped and counted: the database has been away for long. */
const eventsWaitingMax = 100_000;

/** Values that wait to be written. Beyond, those of places that have none waiting are dropped and counted: a light may make up places without end. */
const readingsWaitingMax = 500_000;

/**
 * Places that one light may be given values for, since our start. Beyond, what it has is kept up to date and nothing is added:
 * a light may make up 65,536 resources of each instance, and a large one has some hundred.
 */
const placesPerLightMax = 4_096;

/** Columns of a light that a screen shows; when one of them changes, tabs are told. */
const shown = [
  "presence",
  "queueMode",
  "manufacturer",
  "model",
  "hardwareRevision",
  "serialNumber",
  "firmwareVersion",
  "lampLevel",
  "lampFailure",
] as const satisfies readonly (keyof DevicePatch & keyof Device)[];

interface Options {
  readonly db: PrismaClient;
  readonly clock: Clock;
  readonly log: Log;
  readonly newId: () => string;
  readonly live: Pick<LiveFeed, "note">;
  readonly readingsWaitingMax?: number;
  readonly placesPerLightMax?: number;
}

/**
 * Writes what the engine learns of lights, behind and in batches: one light changes often, and a city at once.
 *
 * Kept in memory is one patch a light and one value a path, up to a bound, so a database that is away costs no more than the
 * fleet is large; when it is back, the newest is written.
 */
export class InventoryWriter {
  readonly #options: Options;
  #patches = new Map<string, DevicePatch>();
  /** Endpoints that may be new to the inventory. What is not in here and was removed meanwhile stays removed. */
  #mayCreate = new Set<string>();
  #readings = new Map<string, PendingReading>();
  #events: PendingEvent[] = [];
  #timer: Cancel | undefined;
  #writing: Promise<void> | undefined;
  #stopped = false;
  eventsDropped = 0;
  readingsDropped = 0;
  readonly #readingsWaitingMax: number;
  /** Places that were new, by light, since our start. */
  readonly #added = new Map<string, number>();
  /** How often what one light told was dropped because the database refused it. */
  lightsRefused = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#readingsWaitingMax = options.readingsWaitingMax ?? readingsWaitingMax;
  }

  /** Notes something about a light; `create` when it may not be in the inventory yet. */
  patch(endpoint: string, patch: DevicePatch, create = false): void {
    this.#patches.set(endpoint, merged(this.#patches.get(endpoint), patch));
    if (create) this.#mayCreate.add(endpoint);
    this.#arm();
  }

  /** Notes a value. The newest of a place is kept, whichever came last: lights also tell what was. */
  reading(reading: PendingReading): void {
    const key = readingKey(reading.endpoint, reading.path);
    const known = this.#readings.get(key);
    if (!known && this.#readings.size >= this.#readingsWaitingMax) this.readingsDropped++;
    else if (!known || known.at <= reading.at) this.#readings.set(key, reading);
    this.#arm();
  }

  event(event: PendingEvent): void {
    if (this.#events.length >= eventsWaitingMax) this.eventsDropped++;
    else this.#events.push(event);
    this.#arm();
  }

  /** Writes everything noted so far. */
  async flush(): Promise<void> {
    while (this.#writing || this.#hasWork()) await (this.#writing ?? this.#write());
  }

  /** Writes what is left, and takes no timer any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.();
    await this.#writing;
    for (let attempts = 0; this.#hasWork() && attempts < 100; attempts++) await this.#write();
  }

  #hasWork(): boolean {
    return this.#patches.size + this.#readings.size + this.#events.length > 0;
  }

  #arm(delay = gatherFor): void {
    if (this.#timer || this.#writing || this.#stopped) return;
    this.#timer = this.#options.clock.after(delay, () => {
      this.#timer = undefined;
      void this.#write();
    });
  }

  #write(): Promise<void> {
    const batch = this.#take();
    this.#writing = this.#storeApart(batch)
      .then(
        () => gatherFor,
        (error: unknown) => {
          this.#options.log.error("What lights told could not be written; it is tried again.", {
            error: String(error),
          });
          this.#putBack(batch);
          return retryAfter;
        },
      )
      .then((delay) => {
        this.#writing = undefined;
        if (this.#hasWork()) this.#arm(delay);
      });
    return this.#writing;
  }

  #take(): Batch {
    const patches = [...this.#patches].slice(0, lightsPerWriteMax);
    const readings = [...this.#readings].slice(0, lightsPerWriteMax * 4);
    const events = this.#events.splice(0, lightsPerWriteMax * 4);
    const mayCreate = new Set<string>();
    for (const [endpoint] of patches) {
      this.#patches.delete(endpoint);
      if (this.#mayCreate.delete(endpoint)) mayCreate.add(endpoint);
    }
    for (const [key] of readings) this.#readings.delete(key);
    return { patches: new Map(patches), mayCreate, readings: readings.map(([, reading]) => reading), events };
  }

  /** What was noted meanwhile is newer and wins. */
  #putBack(batch: Batch): void {
    for (const [endpoint, patch] of batch.patches) {
      this.#patches.set(endpoint, merged(patch, this.#patches.get(endpoint) ?? {}));
    }
    for (const endpoint of batch.mayCreate) this.#mayCreate.add(endpoint);
    for (const reading of batch.readings) {
      const known = this.#readings.get(readingKey(reading.endpoint, reading.path));
      if (!known || known.at < reading.at) this.#readings.set(readingKey(reading.endpoint, reading.path), reading);
    }
    this.#events.unshift(...batch.events);
  }

  /** Stores a batch; where the database refuses what is in it, light by light, so that one costs only itself. */
  async #storeApart(batch: Batch): Promise<void> {
    try {
      return await this.#store(batch);
    } catch (error) {
      if (!isAboutData(error)) throw error;
    }
    for (const part of byLight(batch)) {
      try {
        await this.#store(part);
      } catch (error) {
        if (!isAboutData(error)) throw error;
        this.lightsRefused++;
        this.#options.log.error("What a light told cannot be stored and is dropped.", { error: String(error) });
      }
    }
  }

  #full(readings: readonly PendingReading[]): ReadonlySet<string> {
    const { placesPerLightMax: most = placesPerLightMax } = this.#options;
    return new Set(readings.map(({ endpoint }) => endpoint).filter((name) => (this.#added.get(name) ?? 0) >= most));
  }

  async #store({ patches, mayCreate, readings, events }: Batch): Promise<void> {
    const { db, clock, newId, live } = this.#options;
    const endpoints = new Set([
      ...patches.keys(),
      ...readings.map((r) => r.endpoint),
      ...events.map((e) => e.endpoint),
    ]);
    const { ids, changed, written, added } = await db.$transaction(async (db) => {
      const before = await devicesNamed(db, [...endpoints]);
      const known = new Map(before.map((device) => [device.endpoint, device]));
      const heard = [...patches]
        .filter(([endpoint]) => known.has(endpoint) || mayCreate.has(endpoint))
        .map(([endpoint, patch]) => ({ id: known.get(endpoint)?.id ?? newId(), endpoint, ...patch }));
      const ids = new Map(before.map(({ endpoint, id }) => [endpoint, id]));
      for (const { id, endpoint } of await storeDevices(db, heard, clock.now())) ids.set(endpoint, id);
      // Only a value that is the newest of its place says what the light is now.
      const { written, added } = await storeReadings(db, readings, this.#full(readings));
      const said = recordsFrom(written, ids);
      await storeDevices(db, said, clock.now());
      await insertSightings({ db, clock, newId }, said, known, ids);
      await storeEvents(db, events, ids);
      const changed = [...heard, ...said].filter((record: DeviceRecord) => {
        const device = known.get(record.endpoint);
        if (!device || record.touched) return true;
        return shown.some((field) => record[field] !== undefined && record[field] !== device[field]);
      });
      return { ids, changed, written, added };
    });
    for (const [endpoint, places] of added) this.#added.set(endpoint, (this.#added.get(endpoint) ?? 0) + places);
    for (const endpoint of new Set(changed.map(({ endpoint }) => endpoint))) {
      const deviceId = ids.get(endpoint);
      if (deviceId) live.note({ kind: "device", deviceId });
    }
    for (const { endpoint, path, value, source, at } of written) {
      const deviceId = ids.get(endpoint);
      if (deviceId) live.note({ kind: "reading", deviceId, reading: { path, value, source, at: at.toISOString() } });
    }
  }
}

interface Batch {
  readonly patches: ReadonlyMap<string, DevicePatch>;
  readonly mayCreate: ReadonlySet<string>;
  readonly readings: readonly PendingReading[];
  readonly events: readonly PendingEvent[];
}

/** What values say of the lights themselves, light by light. */
function recordsFrom(readings: readonly PendingReading[], ids: ReadonlyMap<string, string>): DeviceRecord[] {
  const records = new Map<string, DeviceRecord>();
  for (const { endpoint, path, value } of readings) {
    const id = ids.get(endpoint);
    const patch = patchFrom(path, value);
    if (id === undefined || Object.values(patch).every((said) => said === undefined)) continue;
    records.set(endpoint, { id, endpoint, ...merged(records.get(endpoint), patch) });
  }
  return [...records.values()];
}

function byLight({ patches, mayCreate, readings, events }: Batch): Batch[] {
  const endpoints = new Set([...patches.keys(), ...readings.map((r) => r.endpoint), ...events.map((e) => e.endpoint)]);
  return [...endpoints].map((endpoint) => {
    const patch = patches.get(endpoint);
    return {
      patches: new Map(patch ? [[endpoint, patch]] : []),
      mayCreate: new Set(mayCreate.has(endpoint) ? [endpoint] : []),
      readings: readings.filter((reading) => reading.endpoint === endpoint),
      events: events.filter((event) => event.endpoint === endpoint),
    };
  });
}

/** SQLSTATE classes 22 and 23: the values themselves are refused, and trying again would be refused again. */
function isAboutData(error: unknown): boolean {
  return /\b2[23][0-9A-Z]{3}\b/.test(`${codeOf(error) ?? ""} ${String(error)}`);
}

function merged(older: DevicePatch | undefined, newer: DevicePatch): DevicePatch {
  const given = Object.entries(newer).filter(([, value]) => value !== undefined);
  return { ...older, ...Object.fromEntries(given) };
}
