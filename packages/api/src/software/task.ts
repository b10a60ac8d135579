import type { SoftwareTask } from "@lamplighter/db/generated/client";
import { z } from "zod";
import type { SignedIn } from "../context.ts";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";

async function visibleTask({ db, actor }: SignedIn, taskId: string): Promise<SoftwareTask> {
  const scope = visibleTo(actor).devices;
  const task = await db.softwareTask.findFirst({ where: { id: taskId, device: scope } });
  if (!task) throw new Problem("not-found", "This software change does not exist, or its light was removed.");
  return task;
}

/** Orders the installation of a package that is delivered and waits for it. */
export const installNowSoftware = needs("software.install")
  .input(z.object({ taskId: id }))
  .mutation(async ({ ctx, input }): Promise<void> => {
    const task = await visibleTask(ctx, input.taskId);
    if (!ctx.software.install(task.id)) {
      throw new Problem("wrong-state", "No delivered package waits there to be installed. Reload the page.");
    }
    await recordEvent(ctx, {
      ...{ actor: ctx.actor.id, kind: "software.ordered", deviceId: task.deviceId },
      message: `Ordered to install the delivered package on /9/${task.instance} of ${task.endpoint}.`,
    });
  });

/** Calls a software change back, before anything is executed on the light. */
export const cancelSoftware = needs("software.install")
  .input(z.object({ taskId: id }))
  .mutation(async ({ ctx, input }): Promise<void> => {
    const task = await visibleTask(ctx, input.taskId);
    const outcome = ctx.software.cancel(task.id);
    if (outcome === "too-late") {
      throw new Problem(
        "wrong-state",
        "The light is carrying this out just now, so it cannot be called back any more.",
      );
    }
    if (outcome === "over") throw new Problem("wrong-state", "This change has ended already. Reload the page.");
    await recordEvent(ctx, {
      ...{ actor: ctx.actor.id, kind: "software.called-back", deviceId: task.deviceId },
      message: `Called back the change of /9/${task.instance} of ${task.endpoint}.`,
    });
  });
