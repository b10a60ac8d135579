import type { Prisma } from "@lamplighter/db/generated/client";
import { z } from "zod";
import { isDuplicate } from "../db-error.ts";
import { recordEvent } from "../event/record.ts";
import { id, name } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { bootstrapConfiguration, bootstrapTarget } from "./input.ts";
import { columnsOf, judgeConfiguration, refuseTaken } from "./judge.ts";
import { type BootstrapConfigurationView, configurationView, foundConfiguration } from "./view.ts";

/** Changes a configuration as a whole. Lights that have bootstrapped keep what they got until they bootstrap again. */
export const updateBootstrap = needs("bootstrap.write")
  .input(z.object({ id, name, target: bootstrapTarget, configuration: bootstrapConfiguration }))
  .mutation(async ({ ctx, input }): Promise<BootstrapConfigurationView> => {
    const { db, clock, actor, live } = ctx;
    await foundConfiguration(db, input.id);
    judgeConfiguration(input.configuration, actor);
    await refuseTaken(db, visibleTo(actor), input);
    try {
      await db.$transaction(async (db) => {
        await db.bootstrapConfiguration.update({
          where: { id: input.id },
          data: {
            ...{ name: input.name, updatedAt: clock.now() },
            ...columnsOf(input.target),
            document: input.configuration as unknown as Prisma.InputJsonObject,
          },
        });
        const message = `Changed bootstrap configuration "${input.name}".`;
        await recordEvent({ db, clock }, { actor: actor.id, kind: "bootstrap.configured", message });
      });
    } catch (error) {
      if (!isDuplicate(error)) throw error;
      throw new Problem("in-use", "Somebody wrote one with this name or target just now. Load the list again.", {
        cause: error,
      });
    }
    live.note({ kind: "bootstraps" });
    return configurationView(db, input.id);
  });
