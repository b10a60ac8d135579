import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import { foundConfiguration } from "./view.ts";

/** Removes a configuration. Lights that it was for get the next one that fits, or are refused. */
export const removeBootstrap = needs("bootstrap.write")
  .input(z.object({ id }))
  .mutation(async ({ ctx: { db, clock, actor, live }, input }): Promise<void> => {
    const { name } = await foundConfiguration(db, input.id);
    await db.$transaction(async (db) => {
      await db.bootstrapConfiguration.deleteMany({ where: { id: input.id } });
      const message = `Removed bootstrap configuration "${name}".`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "bootstrap.removed", message });
    });
    live.note({ kind: "bootstraps" });
  });
