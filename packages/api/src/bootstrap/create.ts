import type { Prisma } from "@lamplighter/db/generated/client";
import { z } from "zod";
import { isDuplicate } from "../db-error.ts";
import { recordEvent } from "../event/record.ts";
import { name } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { bootstrapConfiguration, bootstrapTarget } from "./input.ts";
import { columnsOf, judgeConfiguration, refuseTaken } from "./judge.ts";
import { type BootstrapConfigurationView, configurationView } from "./view.ts";

/** Writes a configuration. It holds from the next light that bootstraps. */
export const createBootstrap = needs("bootstrap.write")
  .input(z.object({ name, target: bootstrapTarget, configuration: bootstrapConfiguration }))
  .mutation(async ({ ctx, input }): Promise<BootstrapConfigurationView> => {
    const { db, clock, actor, newId, live } = ctx;
    judgeConfiguration(input.configuration, actor);
    await refuseTaken(db, visibleTo(actor), input);
    const id = newId();
    const at = clock.now();
    try {
      await db.$transaction(async (db) => {
        await db.bootstrapConfiguration.create({
          data: {
            ...{ id, name: input.name, createdBy: actor.id, createdAt: at, updatedAt: at },
            ...columnsOf(input.target),
            document: input.configuration as unknown as Prisma.InputJsonObject,
          },
        });
        const message = `Wrote bootstrap configuration "${input.name}".`;
        await recordEvent({ db, clock }, { actor: actor.id, kind: "bootstrap.configured", message });
      });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      throw new Problem("in-use", "Somebody wrote one with this name or target just now. Load the list again.", {
        cause: error,
      });
    }
    live.note({ kind: "bootstraps" });
    return configurationView(db, id);
  });
