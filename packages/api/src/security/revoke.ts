import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { id } from "../input/text.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { revokeCredential } from "./change-credentials.ts";
import { told } from "./told.ts";

/** Takes a credential away. Whoever is connected with it is cut off; its key is gone for good. */
export const revokeSecurity = needs("security.write")
  .input(z.strictObject({ credentialId: id }))
  .mutation(async ({ ctx, input }): Promise<void> => {
    const { db, clock, actor, security, live } = ctx;
    const row = await db.credential.findUnique({ where: { id: input.credentialId } });
    if (!row) throw new Problem("not-found", "This credential does not exist any more. Look again.");
    if (row.state === "retired") throw new Problem("wrong-state", "This credential is good no more already.");
    const { endpoint, mode, state } = row;
    const message = `Took a credential (${mode}, ${state}) of ${endpoint} away.`;
    const happening = { actor: actor.id, kind: "security.revoked", message, ...(await told(ctx, endpoint)) };
    await revokeCredential(security.store, row, (db) => recordEvent({ db, clock }, happening));
    security.endClear();
    live.note({ kind: "security" });
  });
