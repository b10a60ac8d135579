import { z } from "zod";
import { recordEvent } from "../event/record.ts";
import { Problem } from "../problem.ts";
import { needs } from "../procedure.ts";
import { generated, putCredential, type WantedCredential } from "./change-credentials.ts";
import { endpoint, identityText, keyText, mode, purpose } from "./input.ts";
import { bytesFrom, identityBytesMax, identityFrom, keyFrom, publicKeyFrom } from "./key-text.ts";
import { credentialViews } from "./row-views.ts";
import type { SecurityStore } from "./security-store.ts";
import { told } from "./told.ts";
import type { NewCredentialView } from "./view.ts";

const wanted = z.strictObject({
  endpoint,
  purpose: purpose.default("server"),
  mode,
  /** psk: absent for one of ours. x509: the name in the certificate. */
  identity: identityText.optional(),
  /** The same as bytes, where it is no text. */
  identityHex: z
    .string()
    .regex(/^(?:[0-9a-fA-F]{2}){1,128}$/, `An identity has 1 to ${identityBytesMax} bytes in hexadecimal.`)
    .optional(),
  /** psk: hexadecimal or base64; absent for one of ours, which the answer shows once. */
  key: keyText.optional(),
  /** rpk: SubjectPublicKeyInfo as PEM, base64 or hexadecimal. */
  publicKey: keyText.optional(),
});

/** Gives a light a credential in place of what it had: from now on only that is good. A key of ours is in the answer, once. */
export const setCredentialSecurity = needs("security.write")
  .input(wanted)
  .mutation(async ({ ctx, input }): Promise<NewCredentialView> => {
    const { db, clock, actor, security, enrolment } = ctx;
    const proof = proofOf(security.store, input);
    const isShown = input.mode === "psk" && input.key === undefined;
    const { endpoint, purpose, mode } = input;
    const source = isShown || mode === "no-sec" ? "generated" : "imported";
    const words = mode === "no-sec" ? "may speak in the clear with" : `has a new credential (${mode}) for`;
    const message = `${endpoint} ${words} the ${purpose === "server" ? "server" : "bootstrap server"}.`;
    const happening = { actor: actor.id, kind: "security.credential-set", message, ...(await told(ctx, endpoint)) };
    const wanted = { endpoint, purpose, mode, source, isShown, createdBy: actor.id, ...proof } as const;
    const row = await putCredential(security.store, wanted, (db) => recordEvent({ db, clock }, happening));
    enrolment.know(endpoint);
    ctx.live.note({ kind: "security" });
    const [credential] = await credentialViews(db, [row]);
    return { credential: credential!, key: isShown && proof.key ? Buffer.from(proof.key).toString("hex") : null };
  });

type Proof = Pick<WantedCredential, "identity" | "key" | "publicKey">;

function proofOf(store: SecurityStore, input: z.infer<typeof wanted>): Proof {
  const { mode, identity, identityHex, key, publicKey } = input;
  const refuse = (sentence: string) => {
    throw new Problem("invalid-input", sentence);
  };
  if (mode !== "rpk" && publicKey !== undefined) refuse("A public key goes with the mode rpk only.");
  if (mode !== "psk" && key !== undefined) refuse("A key goes with the mode psk only.");
  if (mode !== "psk" && mode !== "x509" && (identity !== undefined || identityHex !== undefined)) {
    refuse("An identity goes with the modes psk and x509 only.");
  }
  if (mode === "no-sec") return {};
  if (mode === "rpk") {
    const read = publicKeyFrom(publicKey ?? "");
    if ("wrong" in read) throw new Problem("invalid-input", read.wrong);
    return { identity: read.identity, publicKey: read.spki };
  }
  const given = identityHex === undefined ? undefined : bytesFrom(identityHex);
  const named = given ?? (identity === undefined ? undefined : identityFrom(identity));
  if (named && "wrong" in named) throw new Problem("invalid-input", named.wrong);
  if (mode === "x509") {
    if (!named) throw new Problem("invalid-input", "Give the name that is in the light's certificate.");
    return { identity: named };
  }
  const own = generated(store, input.endpoint, input.purpose);
  const read = key === undefined ? own.key : keyFrom(key);
  if ("wrong" in read) throw new Problem("invalid-input", read.wrong);
  return { identity: named ?? own.identity, key: read };
}
