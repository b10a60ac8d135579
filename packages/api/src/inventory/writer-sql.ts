import type { Device, Prisma } from "@lamplighter/db/generated/client";
import type { DevicePatch, PendingEvent, PendingReading } from "./writer.ts";

type Writer = Pick<Prisma.TransactionClient, "$queryRaw" | "$executeRaw">;

export type DeviceRecord = DevicePatch & { readonly id: string; readonly endpoint: string };

/** Lights by endpoint. One statement whatever their number: Prisma would compile a new one for each length of the list. */
export function devicesNamed(db: Writer, endpoints: readonly string[]): Promise<Device[]> {
  return db.$queryRaw<Device[]>`SELECT * FROM "Device" WHERE "endpoint" = ANY(${endpoints})`;
}

/** Appends what the engine told. An event of a light that is not in the inventory belongs to no light. */
export async function storeEvents(
  db: Writer,
  events: readonly PendingEvent[],
  ids: ReadonlyMap<string, string>,
): Promise<void> {
  if (events.length === 0) return;
  const rows = events.map(({ endpoint, ...event }) => ({ ...event, deviceId: ids.get(endpoint) }));
  await db.$executeRaw`
    INSERT INTO "Event" ("at", "actor", "kind", "deviceId", "message")
    SELECT "at", 'device', "kind", "deviceId", "message"
    FROM jsonb_to_recordset(${asJsonb(rows)}::jsonb)
      AS event("at" timestamp(3), "kind" text, "deviceId" text, "message" text)`;
}

/**
 * Writes many lights in one statement; what a record leaves out stays. Rows are taken in one order, so that two writers
 * cannot wait for each other. A position of a person or a table is never overwritten by the light's own.
 */
export async function storeDevices(
  db: Writer,
  records: readonly DeviceRecord[],
  now: Date,
): Promise<readonly { id: string; endpoint: string }[]> {
  if (records.length === 0) return [];
  return db.$queryRaw<{ id: string; endpoint: string }[]>`
    INSERT INTO "Device" ("id", "endpoint", "presence", "lastSeenAt", "registeredAt", "queueMode", "manufacturer", "model",
      "hardwareRevision", "serialNumber", "firmwareVersion", "lampLevel", "lampFailure", "latitude", "longitude",
      "placeSource", "cell", "createdAt", "updatedAt")
    SELECT "id", "endpoint", coalesce("presence", 'never'), "lastSeenAt", "registeredAt", coalesce("queueMode", false),
      "manufacturer", "model", "hardwareRevision", "serialNumber", "firmwareVersion", "lampLevel", "lampFailure",
      "latitude", "longitude", CASE WHEN "latitude" IS NULL THEN NULL ELSE 'device' END, "cell", ${now}, ${now}
    FROM jsonb_to_recordset(${asJsonb(records)}::jsonb) AS light("id" text, "endpoint" text, "presence" text,
      "lastSeenAt" timestamp(3), "registeredAt" timestamp(3), "queueMode" boolean, "manufacturer" text, "model" text,
      "hardwareRevision" text, "serialNumber" text, "firmwareVersion" text, "lampLevel" int, "lampFailure" boolean,
      "latitude" float8, "longitude" float8, "cell" text)
    ORDER BY "endpoint"
    ON CONFLICT ("endpoint") DO UPDATE SET
      "presence" = CASE WHEN excluded."presence" = 'never' THEN "Device"."presence" ELSE excluded."presence" END,
      "lastSeenAt" = greatest(excluded."lastSeenAt", "Device"."lastSeenAt"),
      "registeredAt" = coalesce(excluded."registeredAt", "Device"."registeredAt"),
      "queueMode" = CASE WHEN excluded."registeredAt" IS NULL THEN "Device"."queueMode" ELSE excluded."queueMode" END,
      "manufacturer" = coalesce(excluded."manufacturer", "Device"."manufacturer"),
      "model" = coalesce(excluded."model", "Device"."model"),
      "hardwareRevision" = coalesce(excluded."hardwareRevision", "Device"."hardwareRevision"),
      "serialNumber" = coalesce(excluded."serialNumber", "Device"."serialNumber"),
      "firmwareVersion" = coalesce(excluded."firmwareVersion", "Device"."firmwareVersion"),
      "lampLevel" = coalesce(excluded."lampLevel", "Device"."lampLevel"),
      "lampFailure" = coalesce(excluded."lampFailure", "Device"."lampFailure"),
      "latitude" = CASE WHEN "Device"."placeSource" IN ('operator', 'import') THEN "Device"."latitude"
        ELSE coalesce(excluded."latitude", "Device"."latitude") END,
      "longitude" = CASE WHEN "Device"."placeSource" IN ('operator', 'import') THEN "Device"."longitude"
        ELSE coalesce(excluded."longitude", "Device"."longitude") END,
      "placeSource" = CASE WHEN "Device"."placeSource" IN ('operator', 'import') THEN "Device"."placeSource"
        ELSE coalesce(excluded."placeSource", "Device"."placeSource") END,
      "cell" = coalesce("Device"."cell", excluded."cell"),
      "updatedAt" = excluded."updatedAt"
    RETURNING "id", "endpoint"`;
}

/**
 * Writes the last values of many paths. A light that was removed meanwhile is left out, an older value never wins, and a light
 * that is `full` gets no place that it does not have yet (looked up one by one: an EXISTS may be planned as a walk through the
 * whole table). Returns those that were written, and how many places were new.
 */
export async function storeReadings(
  db: Writer,
  readings: readonly PendingReading[],
  full: ReadonlySet<string>,
): Promise<{ readonly written: readonly PendingReading[]; readonly added: ReadonlyMap<string, number> }> {
  if (readings.length === 0) return { written: [], added: new Map() };
  const rows = readings.map((reading) => (full.has(reading.endpoint) ? { ...reading, full: true } : reading));
  const stored = await db.$queryRaw<{ endpoint: string; path: string; isNew: boolean }[]>`
    WITH stored AS (INSERT INTO "ResourceReading" ("deviceId", "path", "value", "source", "at")
    SELECT "Device"."id", reading."path", reading."value", reading."source", reading."at"
    FROM jsonb_to_recordset(${asJsonb(rows)}::jsonb)
      AS reading("endpoint" text, "path" text, "value" jsonb, "source" text, "at" timestamp(3), "full" boolean)
    JOIN "Device" USING ("endpoint")
    WHERE reading."full" IS NULL OR (SELECT true FROM "ResourceReading" AS known
      WHERE known."deviceId" = "Device"."id" AND known."path" = reading."path" LIMIT 1)
    ORDER BY "Device"."id", reading."path"
    ON CONFLICT ("deviceId", "path") DO UPDATE SET
      "value" = excluded."value", "source" = excluded."source", "at" = excluded."at"
    WHERE "ResourceReading"."at" <= excluded."at"
    RETURNING "deviceId", "path", (xmax = 0) AS "isNew")
    SELECT "endpoint", "path", "isNew" FROM stored JOIN "Device" ON "Device"."id" = stored."deviceId"`;
  const written = new Set<string>();
  const added = new Map<string, number>();
  for (const { endpoint, path, isNew } of stored) {
    written.add(readingKey(endpoint, path));
    if (isNew) added.set(endpoint, (added.get(endpoint) ?? 0) + 1);
  }
  return { written: readings.filter(({ endpoint, path }) => written.has(readingKey(endpoint, path))), added };
}

/** One place of one light. */
export function readingKey(endpoint: string, path: string): string {
  return `${endpoint}\n${path}`;
}

/**
 * Writes rows as JSON that PostgreSQL takes. Its jsonb refuses the character NUL and half of a surrogate pair, and a light
 * may well send either inside a text: one datagram must not keep the rows of its neighbours from being written.
 */
function asJsonb(rows: unknown): string {
  return JSON.stringify(rows, (_, value: unknown) =>
    typeof value === "string" ? value.toWellFormed().replaceAll("\0", "\ufffd") : value,
  );
}
