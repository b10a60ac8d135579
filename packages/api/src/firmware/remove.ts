import type { PrismaClient } from "@lamplighter/db/generated/client";
import { z } from "zod";
import { isReference } from "../db-error.ts";
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
    await refuseUsed(db, found.id);
    const removal = db.$transaction(async (db) => {
      const { count } = await db.package.deleteMany({ where: { id: found.id } });
      if (count === 0) throw new Problem("not-found", "Somebody else removed this firmware just now.");
      const message = `Removed firmware ${found.name} ${found.version}.`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "firmware.removed", message });
    });
    await removal.catch(async (cause: unknown) => {
      // A campaign may have been written for it since we looked; then nothing was removed.
      if (isReference(cause)) await refuseUsed(db, found.id);
      throw cause;
    });
    await removeUnusedBlob(ctx, found.sha256);
    live.note({ kind: "firmware" });
    return {};
  });

async function refuseUsed(db: PrismaClient, packageId: string): Promise<void> {
  const task = await db.softwareTask.findFirst({ where: { packageId, endedAt: null }, select: { endpoint: true } });
  if (task) {
    throw new Problem("in-use", `It is being brought to ${task.endpoint}. Wait until that has ended, or call it back.`);
  }
  const campaign = await db.campaign.findFirst({ where: { packageId }, select: { name: true } });
  if (!campaign) return;
  throw new Problem(
    "in-use",
    `Campaign "${campaign.name}" uses this firmware, so it is kept for the record. Deprecate or revoke it instead.`,
  );
}
