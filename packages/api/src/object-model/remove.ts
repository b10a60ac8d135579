import { recordEvent } from "../event/record.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { definitionKey } from "./input.ts";
import { definitionUsage, usageKey } from "./usage.ts";
import { foundDefinition } from "./view.ts";

/** Removes an uploaded definition that no registered light is operated by. */
export const removeObjectModel = needs("model.write")
  .input(definitionKey)
  .mutation(async ({ ctx: { db, clock, actor, models, live }, input }): Promise<void> => {
    const { id, version } = input;
    const { model, uploaded } = await foundDefinition({ db, models }, input);
    const what = `object ${id} version ${version} (${model.name})`;
    if (!uploaded) {
      throw new Problem("wrong-state", `The definition of ${what} comes with the program and cannot be removed.`);
    }
    const lights = (await definitionUsage(db, models)).get(usageKey(model)) ?? 0;
    if (lights > 0) {
      throw new Problem(
        "in-use",
        `${lights === 1 ? "One registered light is" : `${lights} registered lights are`} operated by the definition of ${what}. Upload another version for them first, or remove the lights.`,
      );
    }
    await db.$transaction(async (db) => {
      await db.objectDefinition.deleteMany({ where: { objectId: id, version } });
      const message = `Removed the definition of ${what}.`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "object-model.removed", message });
    });
    models.remove(id, version);
    live.note({ kind: "definitions" });
  });
