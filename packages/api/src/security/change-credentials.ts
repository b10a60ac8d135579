import type { Credential, Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import {
  type CredentialMode,
  type CredentialPurpose,
  dropOldRetired,
  retireCredentials,
  type StoredCredential,
} from "@lamplighter/db/prisma-credential-store";
import { isDuplicate } from "../db-error.ts";
import { Problem } from "../problem.ts";
import { bytesOf } from "./credential-index.ts";
import { generatedKeyBytes, identityBytesMax } from "./key-text.ts";
import type { SecurityStore } from "./security-store.ts";

/** A credential that is to be: what proves the light, by mode. */
export interface WantedCredential {
  readonly endpoint: string;
  readonly purpose: CredentialPurpose;
  readonly mode: CredentialMode;
  readonly identity?: Uint8Array | undefined;
  /** psk: the key. */
  readonly key?: Uint8Array | undefined;
  /** rpk: the public key. */
  readonly publicKey?: Uint8Array | undefined;
  readonly source: "generated" | "imported" | "bootstrap";
  readonly createdBy: string;
  /** The key goes to the person who asks, and is never shown again. */
  readonly isShown: boolean;
}

/** Who made a key that no person asked for. */
export const bootstrapActor = "bootstrap";

type Row = Prisma.CredentialCreateManyInput;

/** Writes the audit of a change, in the change's own transaction: neither stands without the other. */
export type Audit = (db: Pick<PrismaClient, "event">) => Promise<void>;
const noAudit: Audit = async () => {};

/** A row for a credential, its key sealed. */
export function rowOf(store: SecurityStore, wanted: WantedCredential, state: "active" | "pending"): Row {
  const { clock, newId } = store.parts;
  const { endpoint, purpose, mode, identity, key, publicKey, source, createdBy, isShown } = wanted;
  const id = newId();
  const at = clock.now();
  return {
    ...{ id, endpoint, purpose, mode, state, source, createdBy, createdAt: at, updatedAt: at },
    identity: identity ? Uint8Array.from(identity) : null,
    sealedKey: key ? Uint8Array.from(store.sealKey({ id, purpose, endpoint }, key)) : null,
    publicKey: publicKey ? Uint8Array.from(publicKey) : null,
    shownAt: isShown ? at : null,
  };
}

/** A fresh key of ours, and an identity that nobody has. */
export function generated(
  store: SecurityStore,
  endpoint: string,
  purpose: CredentialPurpose,
): { readonly identity: Uint8Array; readonly key: Uint8Array } {
  const { randomBytes } = store.parts;
  const named = new TextEncoder().encode(endpoint);
  const isFree = named.length <= identityBytesMax && !store.index.withIdentity(purpose, named);
  return { identity: isFree ? named : furtherIdentity(endpoint, randomBytes), key: randomBytes(generatedKeyBytes) };
}

/** The endpoint's name, cut if it is long, and four bytes of chance: a light may have two keys while it changes them. */
function furtherIdentity(endpoint: string, randomBytes: (count: number) => Uint8Array): Uint8Array {
  const mark = `~${Buffer.from(randomBytes(4)).toString("hex")}`;
  let name = endpoint;
  while (new TextEncoder().encode(name + mark).length > identityBytesMax) name = [...name].slice(0, -1).join("");
  return new TextEncoder().encode(name + mark);
}

/** Gives a light a credential in place of whatever it has. Throws {@link Problem} when the identity is another light's. */
export async function putCredential(
  store: SecurityStore,
  wanted: WantedCredential,
  audit: Audit = noAudit,
): Promise<Credential> {
  const { db, clock } = store.parts;
  const { endpoint, purpose } = wanted;
  const row = rowOf(store, wanted, "active");
  const former = await asTaken(async () =>
    db.$transaction(async (db) => {
      const former = await db.credential.findMany({ where: { endpoint, purpose, state: { not: "retired" } } });
      await retireCredentials(
        db,
        former.map(({ id }) => id),
        clock.now(),
      );
      await db.credential.create({ data: row });
      await audit(db);
      return former;
    }),
  );
  store.took([...former.map(asRetired), row as StoredCredential]);
  await dropOldRetired(db, [endpoint]);
  return row as Credential;
}

/** Makes a new key that waits beside the active one until the light first uses it. */
export async function addPending(
  store: SecurityStore,
  wanted: WantedCredential,
  audit: Audit = noAudit,
): Promise<Credential> {
  const { db } = store.parts;
  const row = rowOf(store, wanted, "pending");
  await asTaken(() =>
    db.$transaction(async (db) => {
      await db.credential.create({ data: row });
      await audit(db);
    }),
  );
  store.took([row as StoredCredential]);
  return row as Credential;
}

/** Takes a credential away: from now on nobody comes in with it, and whoever has goes. */
export async function revokeCredential(
  store: SecurityStore,
  credential: Credential,
  audit: Audit = noAudit,
): Promise<void> {
  const { db, clock } = store.parts;
  await db.$transaction(async (db) => {
    await retireCredentials(db, [credential.id], clock.now());
    await audit(db);
  });
  store.took([asRetired(credential)]);
  await dropOldRetired(db, [credential.endpoint]);
}

/** What a light proves itself with, as a bootstrap writes it. */
export interface HandedOut {
  readonly identity: Uint8Array;
  readonly key: Uint8Array;
}

/**
 * The pre-shared key that a bootstrap brings to a light: the new one that waits, else its own, else one made now. A light
 * that asks twice gets the same, and none has to be thrown away when a bootstrap fails on its way.
 */
export async function keyForBootstrap(
  store: SecurityStore,
  endpoint: string,
  purpose: CredentialPurpose,
): Promise<HandedOut> {
  const { index, parts } = store;
  // The new key may have been made by the main server a moment ago, and this be a process of its own that polls it.
  await store.watch.lookAt(endpoint);
  for (let attempt = 0; attempt < 2; attempt++) {
    const pending = index.pending(endpoint, purpose);
    const known = pending?.mode === "psk" ? pending : index.active(endpoint, purpose);
    if (known?.mode === "psk" && known.identity !== undefined) {
      const key = store.openKey(known);
      if (key) return { identity: bytesOf(known.identity), key };
    }
    if (pending) await revokePending(store, pending.id);
    const made = generated(store, endpoint, purpose);
    const wanted = { endpoint, purpose, mode: "psk", source: "bootstrap", createdBy: bootstrapActor, ...made } as const;
    try {
      await addPending(store, { ...wanted, isShown: false });
      return made;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      // Another process made one at this moment: that one is as good.
      await store.watch.look();
      parts.log.debug("A key was made by somebody else at the same moment.", { endpoint });
    }
  }
  throw new Error(`No key could be made for ${endpoint}.`);
}

async function revokePending(store: SecurityStore, id: string): Promise<void> {
  const row = await store.parts.db.credential.findUnique({ where: { id } });
  if (row && row.state === "pending") await revokeCredential(store, row);
}

export const asRetired = (row: Credential): StoredCredential =>
  ({ ...row, state: "retired", sealedKey: null }) as StoredCredential;

async function asTaken<Value>(write: () => Promise<Value>): Promise<Value> {
  try {
    return await write();
  } catch (error) {
    if (!isDuplicate(error)) throw error;
    throw new Problem(
      "in-use",
      "This identity belongs to another light, or somebody else changed this light's keys just now. Look again.",
      { cause: error },
    );
  }
}
