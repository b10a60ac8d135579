import { compositePathsMax } from "@lamplighter/lwm2m/composite-target";
import type { OperationOutcome } from "@lamplighter/lwm2m/operation-outcome";
import type { PathNode } from "@lamplighter/lwm2m/path-node";
import { z } from "zod";
import type { SignedIn } from "../context.ts";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { type WhenAsleep, whenAsleep } from "./when-asleep.ts";
import { pathFrom, readingsOf, readingView } from "./wire.ts";

const input = z.object({ deviceId: id, paths: z.array(path).min(1).max(compositePathsMax), ...whenAsleep });

/** Reads several places of a light in one request (OMA TS Core 1.1 §6.3.8). */
export const readCompositeOperation = needs("device.operate.read")
  .input(input)
  .mutation(({ ctx, input: { deviceId, paths, ...when } }) =>
    lookAt(ctx, { kind: "read-composite", verb: "Read-Composite" }, { deviceId, paths, when }),
  );

/** Asks a light to tell when something at one of several places changes (OMA TS Core 1.1 §6.4.4). */
export const observeCompositeOperation = needs("device.operate.read")
  .input(input)
  .mutation(({ ctx, input: { deviceId, paths, ...when } }) =>
    lookAt(ctx, { kind: "observe-composite", verb: "Observe-Composite" }, { deviceId, paths, when }),
  );

function lookAt(
  ctx: SignedIn,
  { kind, verb }: { readonly kind: "read-composite" | "observe-composite"; readonly verb: string },
  {
    deviceId,
    paths,
    when,
  }: { readonly deviceId: string; readonly paths: readonly string[]; readonly when: WhenAsleep },
): Promise<OperationView> {
  const at = paths.join(" ");
  return operateByHand<readonly PathNode[]>(ctx, {
    ...{ deviceId, verb, path: at, changes: false },
    objects: paths.map((each) => pathFrom(each).object),
    later: { when, operation: () => ({ kind, path: at }) },
    run: (endpoint): Promise<OperationOutcome<readonly PathNode[]>> =>
      kind === "read-composite"
        ? ctx.lights.readComposite(endpoint, paths)
        : ctx.lights.observeComposite(endpoint, paths),
    shown: async (nodes, now) => ({
      readings: nodes
        .flatMap(({ path: place, node }) => readingsOf(node, place))
        .map((reading) => readingView(reading, "read", now)),
    }),
  });
}
