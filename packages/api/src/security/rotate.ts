import type { CredentialPurpose } from "@lamplighter/db/prisma-credential-store";
import { z } from "zod";
import { triggerPath } from "../bootstrap/trigger.ts";
import { recordEvent } from "../event/record.ts";
import { operateByHand } from "../operation/by-hand.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import type { OperationView } from "../views.ts";
import { rotationByBootstrap } from "./by-bootstrap.ts";
import { addPending, generated } from "./change-credentials.ts";
import { endpoint, purpose } from "./input.ts";
import { credentialViews } from "./row-views.ts";
import { told } from "./told.ts";
import type { RotationView } from "./view.ts";

/**
 * Makes a light a new key. Until the light first uses it the old one stays good, so that nothing is lost on the way.
 *
 * `bootstrap`: the light is told to ask its bootstrap server, which brings it. `by-hand`: the answer shows it, once.
 */
export const rotateSecurity = needs("security.write")
  .input(z.strictObject({ endpoint, purpose: purpose.default("server"), how: z.enum(["bootstrap", "by-hand"]) }))
  .mutation(async ({ ctx, input }): Promise<RotationView> => {
    const { db, clock, actor, security, live } = ctx;
    const { endpoint, purpose, how } = input;
    const { store } = security;
    if (!store.index.active(endpoint, purpose)) {
      throw new Problem("wrong-state", `${endpoint} has no key to be replaced. Give it one first.`);
    }
    const waiting = store.index.pending(endpoint, purpose);
    if (waiting && how === "by-hand") {
      throw new Problem("in-use", "A new key waits for its first use already. Take that one away first.");
    }
    const device = how === "bootstrap" ? await tellable(ctx, { endpoint, purpose }) : undefined;
    const message = `A new key for ${endpoint} was made; the old one is good until the light uses the new one.`;
    const happening = { actor: actor.id, kind: "security.rotated", message, ...(await told(ctx, endpoint)) };
    const made = waiting ? undefined : generated(store, endpoint, purpose);
    const source = how === "by-hand" ? "generated" : "bootstrap";
    const wanted = { endpoint, purpose, mode: "psk", source, createdBy: actor.id, isShown: how === "by-hand" } as const;
    const row = made
      ? await addPending(store, { ...wanted, ...made }, (db) => recordEvent({ db, clock }, happening))
      : await db.credential.findUnique({ where: { id: waiting?.id ?? "" } });
    if (!row) throw new Problem("in-use", "Somebody took the new key away just now. Try once more.");
    live.note({ kind: "security" });
    let answer: OperationView | null = null;
    if (device) {
      const path = triggerPath(ctx.lights, endpoint);
      answer = await operateByHand(ctx, {
        ...{ deviceId: device.deviceId, path, objects: [1], changes: true, verb: "Execute" },
        run: () => ctx.lights.execute(endpoint, path),
      });
    }
    const [credential] = await credentialViews(db, [row]);
    const key = made && how === "by-hand" ? Buffer.from(made.key).toString("hex") : null;
    return { credential: credential!, key, told: answer };
  });

async function tellable(
  ctx: Parameters<typeof rotationByBootstrap>[0] & Parameters<typeof told>[0],
  { endpoint, purpose }: { readonly endpoint: string; readonly purpose: CredentialPurpose },
) {
  const may = await rotationByBootstrap(ctx, endpoint, purpose);
  if (!may.possible) throw new Problem("wrong-state", may.why);
  const { deviceId } = await told(ctx, endpoint);
  if (deviceId === undefined) throw new Problem("not-found", `${endpoint} is not in the inventory.`);
  return { deviceId };
}
