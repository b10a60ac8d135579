import { plainContent } from "@lamplighter/lwm2m/queue/plain-content";
import { z } from "zod";
import { id } from "../input/text.ts";
import { path, wireValue } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { storeWritten } from "./store-written.ts";
import { whenAsleep } from "./when-asleep.ts";
import { fromWire, pathFrom, readingView, toResource } from "./wire.ts";

/** Writes one resource, or one instance of a multiple resource. */
export const writeOperation = needs("device.operate.write")
  .input(
    z.object({
      deviceId: id,
      path,
      value: wireValue,
      mode: z.enum(["replace", "partial"]).default("replace"),
      ...whenAsleep,
    }),
  )
  .mutation(({ ctx, input: { deviceId, path, value, mode, ...when } }): Promise<OperationView> => {
    const { object, resource, resourceInstance } = pathFrom(path);
    if (resource === undefined) {
      throw new Problem("invalid-input", `${path} is no resource. Write one resource at a time, such as /3416/0/1.`);
    }
    if (resourceInstance !== undefined && value.type === "multiple") {
      throw new Problem("invalid-input", `${path} holds one value, not several.`);
    }
    const content = value.type === "multiple" ? toResource(resource, value) : fromWire(value);
    return operateByHand(ctx, {
      deviceId,
      verb: "Write",
      path,
      objects: [object],
      changes: true,
      later: { when, operation: () => ({ kind: "write", path, content: plainContent(content), mode }) },
      run: (endpoint) => ctx.lights.write(endpoint, path, content, { mode }),
      shown: async (_, at, device) => {
        const reading = readingView({ path, value }, "write", at);
        // A value written into one instance of a resource is not the resource's whole value.
        if (resourceInstance === undefined && mode === "replace") await storeWritten(ctx, device, reading);
        return { readings: [reading] };
      },
    });
  });
