import { z } from "zod";
import { search } from "../input/text.ts";
import { needs } from "../procedure.ts";
import { definitionUsage, usageKey } from "./usage.ts";
import { type ObjectModelRow, rowOf } from "./view.ts";

/** Every object definition there is, built in or uploaded, by number and version. */
export const listObjectModel = needs("model.read")
  .input(z.object({ search: search.optional() }).optional())
  .query(async ({ ctx: { db, models }, input }): Promise<readonly ObjectModelRow[]> => {
    const [usage, rows] = await Promise.all([
      definitionUsage(db, models),
      db.objectDefinition.findMany({ select: { objectId: true, version: true, uploadedAt: true } }),
    ]);
    const uploaded = new Map(rows.map((row) => [usageKey({ id: row.objectId, version: row.version }), row]));
    const words = (input?.search ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    return [...models.all()]
      .filter(({ id, name, urn }) => words.every((word) => `${id} ${name} ${urn}`.toLowerCase().includes(word)))
      .map((model) => {
        const key = usageKey(model);
        return rowOf(model, { uploaded: uploaded.get(key), lights: usage.get(key) ?? 0 });
      })
      .sort((a, b) => a.id - b.id || a.version.localeCompare(b.version, "en", { numeric: true }));
  });
