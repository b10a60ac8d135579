import type { SoftwareWish } from "@lamplighter/lwm2m/software/software-attempt";
import { z } from "zod";
import { id } from "../input/text.ts";
import { needs } from "../procedure.ts";
import { beginSoftwareTask } from "./begin.ts";
import { lightForSoftware, requireInstance } from "./light.ts";

const wishes = {
  activate: { kind: "activate" },
  deactivate: { kind: "deactivate" },
  uninstall: { kind: "uninstall", forUpdate: false },
  "make-ready": { kind: "uninstall", forUpdate: true },
} as const satisfies Record<string, SoftwareWish>;

/**
 * Changes one piece of a light's software without a package: activates, deactivates or uninstalls it, or has the light make
 * ready for an update of it (Uninstall with argument 1).
 */
export const changeSoftware = needs("software.install")
  .input(
    z.object({
      deviceId: id,
      instance: z.number().int().min(0),
      wish: z.enum(["activate", "deactivate", "uninstall", "make-ready"]),
    }),
  )
  .mutation(async ({ ctx, input }): Promise<{ readonly taskId: string }> => {
    const { device, instances } = await lightForSoftware(ctx, input.deviceId);
    requireInstance(instances, input.instance);
    return beginSoftwareTask(ctx, {
      ...{ deviceId: device.id, endpoint: device.endpoint, instance: input.instance },
      ...{ installs: "at-once", wish: wishes[input.wish] },
    });
  });
