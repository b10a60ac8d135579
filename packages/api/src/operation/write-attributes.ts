import type { NotificationAttributes } from "@lamplighter/lwm2m/server";
import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { whenAsleep } from "./when-asleep.ts";
import { pathFrom } from "./wire.ts";

const attributeNames = ["pmin", "pmax", "epmin", "epmax", "gt", "lt", "st", "edge", "con", "hqmax"] as const;

/** Sets when a light notifies: `pmin`, `pmax` and the like (OMA TS Core 1.1 §7.3.2). Null unsets one. */
export const writeAttributesOperation = needs("device.operate.write")
  .input(
    z.object({
      deviceId: id,
      path,
      attributes: z.record(z.string().max(20), z.string().max(40).nullable()),
      ...whenAsleep,
    }),
  )
  .mutation(({ ctx, input: { deviceId, path, attributes, ...when } }): Promise<OperationView> => {
    const numbers = attributesFrom(attributes);
    return operateByHand(ctx, {
      deviceId,
      verb: "Write-Attributes",
      path,
      objects: [pathFrom(path).object],
      changes: true,
      later: { when, operation: () => ({ kind: "write-attributes", path, attributes: numbers }) },
      run: (endpoint) => ctx.lights.writeAttributes(endpoint, path, numbers),
    });
  });

function attributesFrom(given: Readonly<Record<string, string | null>>): NotificationAttributes {
  const entries = Object.entries(given).map(([name, value]) => {
    if (!attributeNames.some((known) => known === name)) {
      throw new Problem(
        "invalid-input",
        `"${name}" is no notification attribute. They are ${attributeNames.join(", ")}.`,
      );
    }
    if (value !== null && !/^-?\d{1,15}(\.\d{1,15})?$/.test(value)) {
      throw new Problem("invalid-input", `"${value}" is no number; ${name} needs one, or nothing to unset it.`);
    }
    return [name, value === null ? null : Number(value)] as const;
  });
  return Object.fromEntries(entries);
}
