import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { name } from "../input/text.ts";
import { enrolmentPolicies } from "../inventory/enrolment-gate.ts";
import { needs } from "../procedure.ts";
import type { InstallationView } from "../views.ts";
import { installationView } from "./installation.ts";

const tileUrl = z.url({ protocol: /^https?$/, error: "A map address begins with https://" }).max(500);

const settings = z.object({
  name: name.optional(),
  enrolmentPolicy: z.enum(enrolmentPolicies).optional(),
  tileUrl: tileUrl.nullable().optional(),
});

const policyWords = {
  open: "every light that registers is taken",
  approve: "a light that is not known waits for a person",
  closed: "only lights that are known are taken",
} as const satisfies Record<(typeof enrolmentPolicies)[number], string>;

/** What was changed, in the words of the timeline. */
function settingsWords({ name, enrolmentPolicy, tileUrl }: z.infer<typeof settings>): string[] {
  const words: string[] = [];
  if (name !== undefined) words.push(`the name is now “${name}”`);
  if (enrolmentPolicy !== undefined) words.push(policyWords[enrolmentPolicy]);
  if (tileUrl !== undefined) words.push(tileUrl === null ? "the map has no tiles" : `map tiles come from ${tileUrl}`);
  return words;
}

/** Changes the installation. A new enrolment policy holds from the next light that registers. */
export const updateSettings = needs("settings.write")
  .input(settings)
  .mutation(async ({ ctx, input }): Promise<InstallationView> => {
    const { db, clock, actor, enrolment } = ctx;
    const change = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
    await db.$transaction(async (db) => {
      await db.installation.update({ where: { id: 1 }, data: change });
      const message = `Changed the settings: ${settingsWords(input).join(", ")}.`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "settings.changed", message });
    });
    if (input.enrolmentPolicy) enrolment.change(input.enrolmentPolicy);
    return installationView(ctx);
  });
