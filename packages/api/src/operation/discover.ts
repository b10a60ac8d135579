import { z } from "zod";
import { id } from "../input/text.ts";
import { path } from "../input/wire-value.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { operateByHand } from "./by-hand.ts";
import { describeLink } from "./describe-link.ts";
import { whenAsleep } from "./when-asleep.ts";
import { pathFrom } from "./wire.ts";

/** Asks a light what it has below a path; the answer is one link a line. */
export const discoverOperation = needs("device.operate.read")
  .input(z.object({ deviceId: id, path, ...whenAsleep }))
  .mutation(
    ({ ctx, input: { deviceId, path, ...when } }): Promise<OperationView> =>
      operateByHand(ctx, {
        deviceId,
        verb: "Discover",
        path,
        objects: [pathFrom(path).object],
        changes: false,
        later: { when, operation: () => ({ kind: "discover", path }) },
        run: (endpoint) => ctx.lights.discover(endpoint, path),
        shown: async (links) => ({ text: links.map(describeLink).join("\n") }),
      }),
  );
