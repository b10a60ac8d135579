import type { Device, PrismaClient } from "@lamplighter/db/generated/client";
import type { Clock } from "@lamplighter/runtime/clock";
import { recordEvent } from "../event/record.ts";
import type { ImportReport } from "../views.ts";
import type { ImportedLight, LineError } from "./import-line.ts";
import { readImportTable } from "./import-table.ts";

/** Errors shown to a person; all are counted. */
const errorsShownMax = 200;
/** Lights that a person is shown as they would be stored. */
const lightsShownMax = 5;
/** Lights written in one statement. */
const chunk = 1_000;
const transactionMilliseconds = 120_000;

export interface ImportInto {
  readonly db: PrismaClient;
  readonly clock: Clock;
  readonly newId: () => string;
  readonly actor: string;
  /**
   * The table is the demo's: its lights are marked as such, and each is brought once. What a person says of a light, before
   * or after that, stays.
   */
  readonly demo: boolean;
}

const fields = [
  ...(["name", "latitude", "longitude", "street", "district", "feeder", "cell", "model"] as const),
  ...(["timeZone", "powerClass"] as const),
];

/**
 * Brings the places of a table into the inventory: creates what is new, changes what differs, all in one transaction and
 * only when every line is right. Returns also the endpoints it knows now. An empty cell leaves a value as it is.
 */
export async function importLights(
  into: ImportInto,
  csv: string,
  dryRun: boolean,
): Promise<{ report: ImportReport; endpoints: readonly string[] }> {
  const { rows, lights, errors, errorCount } = await readImportTable(csv);
  const plan = await planImport(into, lights);
  const sound = errorCount === 0;
  const isNews = plan.created.length + plan.updated.length > 0 || !into.demo;
  if (sound && !dryRun && isNews) await store(into, plan);
  return {
    report: {
      rows,
      created: plan.created.length,
      updated: plan.updated.length,
      unchanged: lights.length - plan.created.length - plan.updated.length,
      errors: inOrder(errors).slice(0, errorsShownMax),
      errorCount,
      firstLights: lights.slice(0, lightsShownMax),
      dryRun,
    },
    endpoints: sound && !dryRun ? lights.map(({ endpoint }) => endpoint) : [],
  };
}

interface ImportPlan {
  readonly created: readonly ImportedLight[];
  readonly updated: readonly ImportedLight[];
}

async function planImport({ db, demo }: ImportInto, lights: readonly ImportedLight[]): Promise<ImportPlan> {
  const created: ImportedLight[] = [];
  const updated: ImportedLight[] = [];
  for (let start = 0; start < lights.length; start += chunk) {
    const part = lights.slice(start, start + chunk);
    const known = await db.device.findMany({ where: { endpoint: { in: part.map(({ endpoint }) => endpoint) } } });
    const byEndpoint = new Map(known.map((device) => [device.endpoint, device]));
    for (const light of part) {
      const device = byEndpoint.get(light.endpoint);
      if (!device) created.push(light);
      else if (demo) {
        if (!device.demo) updated.push(isOnlyHeardOf(device) ? light : whereEmpty(light, device));
      } else if (differs(light, device)) updated.push(light);
    }
  }
  return { created, updated };
}

function differs(light: ImportedLight, device: Device): boolean {
  return fields.some((field) => light[field] !== undefined && light[field] !== device[field]);
}

/** Nobody has told anything of this light: whatever is known it said itself, quicker than the table came. */
function isOnlyHeardOf({ name, street, district, feeder, placeSource }: Device): boolean {
  return [name, street, district, feeder].every((word) => word === null) && (placeSource ?? "device") === "device";
}

/** What the table says of a light beyond what is known of it. */
function whereEmpty(light: ImportedLight, device: Device): ImportedLight {
  const known = fields.filter((field) => device[field] !== null);
  return Object.fromEntries(Object.entries(light).filter(([field]) => !known.some((each) => each === field))) as {
    line: number;
    endpoint: string;
  };
}

async function store({ db, clock, newId, actor, demo }: ImportInto, { created, updated }: ImportPlan): Promise<void> {
  await db.$transaction(
    async (db) => {
      const at = clock.now();
      const lights = [...created, ...updated];
      for (let start = 0; start < lights.length; start += chunk) {
        const part = lights.slice(start, start + chunk).map((light) => ({ id: newId(), ...light }));
        // One statement for a thousand lights. A light that registered meanwhile is met by its endpoint.
        await db.$executeRaw`
          INSERT INTO "Device" ("id", "endpoint", "name", "latitude", "longitude", "placeSource", "street", "district",
            "feeder", "cell", "model", "timeZone", "powerClass", "demo", "createdAt", "updatedAt")
          SELECT light."id", "endpoint", light."name", light."latitude", light."longitude",
            CASE WHEN light."latitude" IS NULL THEN NULL ELSE 'import' END, light."street", light."district",
            light."feeder", light."cell", light."model", light."timeZone",
            coalesce(light."powerClass", known."powerClass", 'always'), ${demo}, ${at}, ${at}
          FROM jsonb_to_recordset(${JSON.stringify(part)}::jsonb) AS light("id" text, "endpoint" text, "name" text,
            "latitude" float8, "longitude" float8, "street" text, "district" text, "feeder" text, "cell" text, "model" text,
            "timeZone" text, "powerClass" text)
          LEFT JOIN "Device" known USING ("endpoint")
          ON CONFLICT ("endpoint") DO UPDATE SET
            "name" = coalesce(excluded."name", "Device"."name"),
            "latitude" = coalesce(excluded."latitude", "Device"."latitude"),
            "longitude" = coalesce(excluded."longitude", "Device"."longitude"),
            "placeSource" = coalesce(excluded."placeSource", "Device"."placeSource"),
            "street" = coalesce(excluded."street", "Device"."street"),
            "district" = coalesce(excluded."district", "Device"."district"),
            "feeder" = coalesce(excluded."feeder", "Device"."feeder"),
            "cell" = coalesce(excluded."cell", "Device"."cell"),
            "model" = coalesce(excluded."model", "Device"."model"),
            "timeZone" = coalesce(excluded."timeZone", "Device"."timeZone"),
            "powerClass" = excluded."powerClass",
            "demo" = "Device"."demo" OR excluded."demo",
            "updatedAt" = excluded."updatedAt"`;
      }
      const message = `Imported a table: ${created.length} lights created, ${updated.length} changed.`;
      await recordEvent({ db, clock }, { actor, kind: "device.imported", message });
    },
    { timeout: transactionMilliseconds, maxWait: transactionMilliseconds },
  );
}

function inOrder(errors: readonly LineError[]): LineError[] {
  return [...errors].sort((a, b) => a.line - b.line);
}
