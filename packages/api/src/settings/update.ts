import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { name } from "../input/text.ts";
import { enrolmentPolicies } from "../inventory/enrolment-gate.ts";
import { needs } from "../procedure.ts";
import type { InstallationView } from "../views.ts";
import { installationView } from "./installation.ts";

const tileUrl = z.url({ protocol: /^https?$/, error: "A map address begins with https://" }).max(500);

/** Changes the installation. A new enrolment policy holds from the next light that registers. */
export const updateSettings = needs("settings.write")
  .input(
    z.object({
      name: name.optional(),
      enrolmentPolicy: z.enum(enrolmentPolicies).optional(),
      tileUrl: tileUrl.nullable().optional(),
    }),
  )
  .mutation(async ({ ctx, input }): Promise<InstallationView> => {
    const { db, clock, actor, enrolment } = ctx;
    const change = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    await db.$transaction(async (db) => {
      await db.installation.update({ where: { id: 1 }, data: change });
      const message = `Changed the settings: ${Object.entries(change)
        .map(([field, value]) => `${field} is now ${value ?? "not set"}`)
        .join(", ")}.`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "settings.changed", message });
    });
    if (input.enrolmentPolicy) enrolment.change(input.enrolmentPolicy);
    return installationView(ctx);
  });
