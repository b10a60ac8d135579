import { compositePathsMax } from "@lamplighter/lwm2m/composite-target";
import { plainComposite } from "@lamplighter/lwm2m/queue/plain-content";
import { z } from "zod";
import { id } from "../input/text.ts";
import { path, wireValue } from "../input/wire-value.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView, WireValue } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { storeWritten } from "./store-written.ts";
import { whenAsleep } from "./when-asleep.ts";
import { fromWire, pathFrom, readingView, toResource } from "./wire.ts";

const writes = z
  .array(z.object({ path, value: wireValue }))
  .min(1)
  .max(compositePathsMax);

/** Writes several resources of a light in one request, all or none (OMA TS Core 1.1 §6.3.9). */
export const writeCompositeOperation = needs("device.operate.write")
  .input(z.object({ deviceId: id, writes, ...whenAsleep }))
  .mutation(({ ctx, input: { deviceId, writes, ...when } }): Promise<OperationView> => {
    const contents = writes.map(({ path, value }) => ({ path, content: contentAt(path, value) }));
    return operateByHand(ctx, {
      ...{ deviceId, verb: "Write-Composite", path: writes.map((each) => each.path).join(" "), changes: true },
      objects: writes.map((each) => pathFrom(each.path).object),
      later: { when, operation: () => plainComposite(contents) },
      run: (endpoint) => ctx.lights.writeComposite(endpoint, contents),
      shown: async (_, at, device) => {
        const readings = writes.map((each) => readingView(each, "write", at));
        for (const reading of readings) {
          // A value written into one instance of a resource is not the resource's whole value.
          if (pathFrom(reading.path).resourceInstance === undefined) await storeWritten(ctx, device, reading);
        }
        return { readings };
      },
    });
  });

function contentAt(path: string, value: WireValue) {
  const { resource, resourceInstance } = pathFrom(path);
  if (resource === undefined) {
    throw new Problem("invalid-input", `${path} is no resource. Write resources, such as /3416/0/1.`);
  }
  if (value.type !== "multiple") return fromWire(value);
  if (resourceInstance !== undefined) throw new Problem("invalid-input", `${path} holds one value, not several.`);
  return toResource(resource, value);
}
