import type { InstanceNode } from "@lamplighter/lwm2m/node";
import { plainContent } from "@lamplighter/lwm2m/queue/plain-content";
import type { Registration } from "@lamplighter/lwm2m/registration";
import { z } from "zod";
import { id } from "../input/text.ts";
import { wireValue } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { whenAsleep } from "./when-asleep.ts";
import { toResource } from "./wire.ts";

const number = z.number().int().min(0).max(65_534);
/** Resources of one new instance. */
const resourcesMax = 200;

/** Creates an instance of an object. Without a number it gets the lowest that the light did not announce. */
export const createOperation = needs("device.operate.write")
  .input(
    z.object({
      deviceId: id,
      object: number,
      instance: number.optional(),
      values: z.array(z.strictObject({ resource: number, value: wireValue })).max(resourcesMax),
      ...whenAsleep,
    }),
  )
  .mutation(({ ctx, input: { deviceId, object, instance, values, ...when } }): Promise<OperationView> => {
    const path = instance === undefined ? `/${object}` : `/${object}/${instance}`;
    const resources = new Map(values.map(({ resource, value }) => [resource, toResource(resource, value)]));
    const nodeFor = (endpoint: string): InstanceNode => {
      const taken = registeredObject(ctx.lights.find(endpoint), object);
      return { kind: "instance", instance: instance ?? firstFree(taken), resources };
    };
    return operateByHand(ctx, {
      deviceId,
      verb: "Create",
      path,
      objects: [object],
      changes: true,
      later: {
        when,
        operation: (endpoint) => ({ kind: "create", path: `/${object}`, content: plainContent(nodeFor(endpoint)) }),
      },
      run: (endpoint) => ctx.lights.create(endpoint, object, nodeFor(endpoint)),
    });
  });

function registeredObject(registration: Registration | undefined, object: number): ReadonlySet<number> {
  return new Set(registration?.objects.find((candidate) => candidate.object === object)?.instances);
}

function firstFree(taken: ReadonlySet<number>): number {
  for (let instance = 0; ; instance++) if (!taken.has(instance)) return instance;
}
