import type { Credential, PrismaClient } from "./generated/client.ts";

export const credentialPurposes = ["server", "bootstrap"] as const;
/** To whom a light proves itself with it. */
export type CredentialPurpose = (typeof credentialPurposes)[number];

export const credentialModes = ["psk", "rpk", "x509", "no-sec"] as const;
/** How a light proves itself; `no-sec`: it need not, for a person said so. */
export type CredentialMode = (typeof credentialModes)[number];

/** `pending` waits beside the active one until the light first uses it. `retired` has lost its key. */
export type CredentialState = "active" | "pending" | "retired";

/** What must be known of a credential to let a light in. */
export interface StoredCredential
  extends Pick<Credential, "id" | "endpoint" | "identity" | "sealedKey" | "publicKey" | "updatedAt"> {
  readonly purpose: CredentialPurpose;
  readonly mode: CredentialMode;
  readonly state: CredentialState;
}

/** Retired credentials kept of one light for each purpose, so that people see what was. */
export const retiredKeptMax = 5;
/** Rows read in one go: a city has a hundred thousand. */
const pageRows = 5_000;

const known = {
  id: true,
  endpoint: true,
  purpose: true,
  mode: true,
  identity: true,
  sealedKey: true,
  publicKey: true,
  state: true,
  updatedAt: true,
} as const;

/** Every credential in use, in pages. */
export async function* loadCredentials(
  db: Pick<PrismaClient, "credential">,
): AsyncGenerator<readonly StoredCredential[]> {
  for (let after = ""; ; ) {
    const rows = await db.credential.findMany({
      where: { id: { gt: after }, state: { not: "retired" } },
      orderBy: { id: "asc" },
      take: pageRows,
      select: known,
    });
    yield rows as StoredCredential[];
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) return;
    after = last.id;
  }
}

/** Credentials that changed at or after an instant, retired ones too, the oldest change first. */
export async function changedCredentials(
  db: Pick<PrismaClient, "credential">,
  since: Date,
): Promise<readonly StoredCredential[]> {
  const rows = await db.credential.findMany({
    where: { updatedAt: { gte: since } },
    orderBy: { updatedAt: "asc" },
    take: pageRows,
    select: known,
  });
  return rows as StoredCredential[];
}

/** Retires credentials: their keys are gone from the database, and their identities are free for others. */
export async function retireCredentials(
  db: Pick<PrismaClient, "credential">,
  ids: readonly string[],
  at: Date,
): Promise<void> {
  if (ids.length === 0) return;
  await db.credential.updateMany({
    where: { id: { in: [...ids] } },
    data: { state: "retired", sealedKey: null, updatedAt: at },
  });
}

/** Forgets the oldest retired credentials of a light. */
export async function dropOldRetired(
  db: Pick<PrismaClient, "credential">,
  endpoint: string,
  purpose: CredentialPurpose,
): Promise<void> {
  const old = await db.credential.findMany({
    where: { endpoint, purpose, state: "retired" },
    orderBy: { updatedAt: "desc" },
    skip: retiredKeptMax,
    take: 100,
    select: { id: true },
  });
  if (old.length > 0) await db.credential.deleteMany({ where: { id: { in: old.map(({ id }) => id) } } });
}
