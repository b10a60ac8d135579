import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { PackageView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { packageView, visiblePackage } from "./view.ts";

export const getFirmware = needs("firmware.read")
  .input(z.object({ id }))
  .query(async ({ ctx: { db, actor }, input }): Promise<PackageView> => {
    const scope = visibleTo(actor);
    return packageView(db, scope.devices, await visiblePackage(db, scope.packages, input.id));
  });
