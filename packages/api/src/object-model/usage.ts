import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { ObjectModels } from "@lamplighter/lwm2m/object-model";
import { impliedVersion } from "@lamplighter/lwm2m/object-version";
import type { Lwm2mVersion } from "@lamplighter/lwm2m/registration";

/**
 * Counts the registered lights that are operated by each definition, keyed `object version`: a light announces an object
 * with a version or with none, and what serves it is the definition that the registry finds for that.
 *
 * Counted by the database: the engine must not stand still while two hundred thousand object lists are walked through.
 */
export async function definitionUsage(db: PrismaClient, models: ObjectModels): Promise<ReadonlyMap<string, number>> {
  const rows = await db.$queryRaw<{ object: number; said: string | null; protocol: string; lights: number }[]>`
    SELECT (o->>'object')::int AS object, o->>'version' AS said, r."version" AS protocol, count(*)::int AS lights
    FROM "Registration" r, jsonb_array_elements(r."objects") o
    GROUP BY 1, 2, 3`;
  const usage = new Map<string, number>();
  for (const { object, said, protocol, lights } of rows) {
    const model = models.find(object, said ?? impliedVersion(protocol as Lwm2mVersion, object));
    if (!model) continue;
    const key = usageKey(model);
    usage.set(key, (usage.get(key) ?? 0) + lights);
  }
  return usage;
}

export function usageKey({ id, version }: { readonly id: number; readonly version: string }): string {
  return `${id} ${version}`;
}
