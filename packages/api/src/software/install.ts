import { z } from "zod";
import { refuseRevoked } from "../campaign/refuse-revoked.ts";
import { visiblePackage } from "../firmware/view.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { visibleTo } from "../visible-to.ts";
import { beginSoftwareTask } from "./begin.ts";
import { lightForSoftware, requireInstance } from "./light.ts";

/** Instances of one object have 16 bits, and 65535 is none (OMA TS Core 1.1 §7.2.2). */
const instanceMax = 65_534;

/**
 * Installs an uploaded package on one piece of a light's software, or as a new one. What was there stays until the new one
 * is installed.
 */
export const installSoftware = needs("software.install")
  .input(
    z.object({
      deviceId: id,
      instance: z.union([z.number().int().min(0).max(instanceMax), z.literal("new")]),
      packageId: id,
      delivery: z.enum(["push", "pull"]).default("push"),
      /** As soon as the package is delivered, or when somebody says so (`software.installNow`). */
      installs: z.enum(["at-once", "when-told"]).default("at-once"),
      activates: z.boolean().default(true),
    }),
  )
  .mutation(async ({ ctx, input }): Promise<{ readonly taskId: string }> => {
    const { db, actor } = ctx;
    const image = await visiblePackage(db, visibleTo(actor).packages, input.packageId);
    if (image.kind !== "software") {
      throw new Problem(
        "invalid-input",
        `${image.name} ${image.version} is firmware for the whole light. Bring it by a campaign, or choose a software package.`,
      );
    }
    await refuseRevoked(db, image.id);
    const { device, instances } = await lightForSoftware(ctx, input.deviceId);
    const isForIt = (given: string | null, allowed: readonly string[]) =>
      allowed.length === 0 || (given !== null && allowed.includes(given));
    if (!isForIt(device.model, image.models) || !isForIt(device.hardwareRevision, image.hardwareRevisions)) {
      throw new Problem(
        "invalid-input",
        `${image.name} ${image.version} is not for this light's model and hardware revision. Choose another package.`,
      );
    }
    if (input.instance !== "new") requireInstance(instances, input.instance);
    return beginSoftwareTask(ctx, {
      deviceId: device.id,
      endpoint: device.endpoint,
      instance: input.instance === "new" ? freeInstance(instances) : input.instance,
      installs: input.installs,
      package: {
        ...{ id: image.id, name: image.name, version: image.version, bytes: image.bytes },
        prefers: input.delivery,
      },
      wish: {
        ...{ kind: "install", version: image.version, activates: input.activates },
        creates: input.instance === "new",
      },
    });
  });

function freeInstance(taken: readonly number[]): number {
  let free = 0;
  while (taken.includes(free)) free++;
  return free;
}
