import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { needs } from "../procedure.ts";
import { type NoSecRule, noSecRules } from "./clear-rule.ts";

const words = {
  everybody: "every light without a key may speak in the clear",
  listed: "only lights that a person named may speak in the clear",
  nobody: "no light may speak in the clear",
} as const satisfies Record<NoSecRule, string>;

/** Says which lights may speak in the clear. It holds at once: who may not any more loses its registration. Null: by where the server listens. */
export const setNoSecSecurity = needs("security.write")
  .input(z.strictObject({ noSec: z.enum(noSecRules).nullable() }))
  .mutation(async ({ ctx, input: { noSec } }): Promise<{ readonly effective: NoSecRule; readonly ended: number }> => {
    const { db, clock, actor, security, live } = ctx;
    await db.$transaction(async (db) => {
      await db.installation.update({ where: { id: 1 }, data: { noSec } });
      const rule = noSec === null ? "it goes by where the server listens" : words[noSec];
      const message = `Changed the security settings: ${rule}.`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "security.no-sec", message });
    });
    security.store.changeRule(noSec);
    const ended = security.endClear();
    live.note({ kind: "security" });
    return { effective: security.store.noSec.effective, ended };
  });
