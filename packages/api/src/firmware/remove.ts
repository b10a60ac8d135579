import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { removeUnusedBlob } from "./unused-blob.ts";
import { visiblePackage } from "./view.ts";

/** Removes a package that no campaign uses, and its bytes when no other package has the same. */
export const removeFirmware = needs("firmware.write")
  .input(z.object({ id }))
  .mutation(async ({ ctx, input }): Promise<Record<string, never>> => {
    const { db, clock, actor, live } = ctx;
    const found = await visiblePackage(db, visibleTo(actor).packages, input.id);
    const campaign = await db.campaign.findFirst({ where: { packageId: found.id }, select: { name: true } });
    if (campaign) {
      throw new Problem(
        "in-use",
        `Campaign "${campaign.name}" uses this firmware, so it is kept for the record. Deprecate or revoke it instead.`,
      );
    }
    await db.$transaction(async (db) => {
      await db.package.delete({ where: { id: found.id } });
      const message = `Removed firmware ${found.name} ${found.version}.`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "firmware.removed", message });
    });
    await removeUnusedBlob(ctx, found.sha256);
    live.note({ kind: "firmware" });
    return {};
  });
