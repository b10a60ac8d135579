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
    const { db, actor, security, live } = ctx;
    const row = await db.credential.findUnique({ where: { id: input.credentialId } });
    if (!row) throw new Problem("not-found", "This credential does not exist any more. Look again.");
    if (row.state === "retired") throw new Problem("wrong-state", "This credential is good no more already.");
    await revokeCredential(security.store, row);
    const { endpoint, mode } = row;
    const message = `Took a credential (${mode}, ${row.state}) of ${endpoint} away.`;
    await recordEvent(ctx, { actor: actor.id, kind: "security.revoked", message, ...(await told(ctx, endpoint)) });
    security.endClear();
    live.note({ kind: "security" });
  });
