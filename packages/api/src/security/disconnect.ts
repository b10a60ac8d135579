import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { needs } from "../procedure.ts";
import { endpoint } from "./input.ts";
import { told } from "./told.ts";

/** Ends a light's protected connection. Its key stays good: it makes a new connection when it next has something to say. */
export const disconnectSecurity = needs("security.write")
  .input(z.strictObject({ endpoint }))
  .mutation(async ({ ctx, input: { endpoint } }): Promise<{ readonly wasConnected: boolean }> => {
    const { actor, security, live } = ctx;
    const wasConnected = security.peers.disconnect(endpoint);
    if (!wasConnected) return { wasConnected };
    const message = `Ended the protected connection of ${endpoint}.`;
    await recordEvent(ctx, { actor: actor.id, kind: "security.disconnected", message, ...(await told(ctx, endpoint)) });
    live.note({ kind: "security" });
    return { wasConnected };
  });
