import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id, label, line, lines, name, prose } from "../input/text.ts";
import { needs } from "../procedure.ts";
import type { PackageView } from "../views.ts";
import { visibleTo } from "../visible-to.ts";
import { refuseTwin, type UploadFields } from "./receive.ts";
import { lockFirmware } from "./unused-blob.ts";
import { packageView, visiblePackage } from "./view.ts";

const words = z.array(label.min(1).pipe(line)).max(50).optional();

/** Changes what is said of a package. Revoking it pauses the campaigns, and calls back the software tasks, that hand it out. */
export const updateFirmware = needs("firmware.write")
  .input(
    z.object({
      id,
      name: name.pipe(line).optional(),
      notes: prose.pipe(lines).nullable().optional(),
      models: words,
      hardwareRevisions: words,
      state: z.enum(["released", "deprecated", "revoked"]).optional(),
    }),
  )
  .mutation(async ({ ctx, input: { id, ...given } }): Promise<PackageView> => {
    const { db, clock, actor, live, campaigns, software } = ctx;
    const scope = visibleTo(actor);
    const before = await visiblePackage(db, scope.packages, id);
    const data = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const after = await db.$transaction(async (db) => {
      await lockFirmware(db);
      const { kind, name, version, models } = { ...(await db.package.findUniqueOrThrow({ where: { id } })), ...data };
      if (given.models || given.name !== undefined) {
        await refuseTwin(db, { id, kind: kind as UploadFields["kind"], name, models }, version);
      }
      const state = given.state && given.state !== before.state ? ` It is ${given.state} now.` : "";
      const message = `Changed firmware ${before.name} ${before.version}.${state}`;
      await recordEvent({ db, clock }, { actor: actor.id, kind: "firmware.changed", message });
      return db.package.update({ where: { id }, data });
    });
    if (given.state === "revoked" && before.state !== "revoked") {
      await campaigns.packageRevoked(id, actor.id);
      const tasks = await db.softwareTask.findMany({ where: { packageId: id, endedAt: null }, select: { id: true } });
      // What is being installed at this moment runs to its end, as in a campaign.
      for (const task of tasks) software.cancel(task.id);
    }
    live.note({ kind: "firmware" });
    return packageView(db, scope.devices, after);
  });
