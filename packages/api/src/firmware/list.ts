import { z } from "zod";
import { search } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { PackageView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { packageViews } from "./view.ts";

/** Packages listed at once, newest first; a search finds older ones. */
const packagesMax = 500;

export const listFirmware = needs("firmware.read")
  .input(z.object({ search: search.optional() }).optional())
  .query(async ({ ctx: { db, actor }, input }): Promise<readonly PackageView[]> => {
    const scope = visibleTo(actor);
    const contains = { contains: input?.search ?? "", mode: "insensitive" as const };
    const found = input?.search ? { OR: [{ name: contains }, { version: contains }, { vendor: contains }] } : {};
    const packages = await db.package.findMany({
      where: { AND: [scope.packages, found] },
      orderBy: { createdAt: "desc" },
      take: packagesMax,
    });
    return packageViews(db, scope.devices, packages);
  });
