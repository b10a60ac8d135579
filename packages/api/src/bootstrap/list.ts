import { z } from "zod";
import { search } from "../input/text.ts";
import { needs } from "../procedure.ts";
import { type BootstrapConfigurationView, configurationViews } from "./view.ts";

/** Configurations listed at once; beyond this a search narrows them. */
const configurationsMax = 500;

/** What lights get when they bootstrap, by name. */
export const listBootstrap = needs("bootstrap.read")
  .input(z.object({ search: search.optional() }).optional())
  .query(async ({ ctx: { db }, input }): Promise<readonly BootstrapConfigurationView[]> => {
    const contains = { contains: input?.search ?? "", mode: "insensitive" as const };
    const rows = await db.bootstrapConfiguration.findMany({
      where: input?.search ? { OR: [{ name: contains }, { endpoint: contains }] } : {},
      orderBy: { name: "asc" },
      take: configurationsMax,
    });
    return configurationViews(db, rows);
  });
