import type { Credential, Prisma, PrismaClient } from "./generated/client.ts";

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

/** What tells that a credential is not as it was: nothing else of one in use ever changes. */
export type CredentialChange = Pick<StoredCredential, "id" | "state">;

/** The time by the database's clock, the one clock that all processes share. */
export async function databaseTime(db: Pick<PrismaClient, "$queryRaw">): Promise<Date> {
  const [row] = await db.$queryRaw<{ now: Date }[]>`SELECT clock_timestamp() AS now`;
  return row?.now ?? new Date(0);
}

/** Credentials that changed at or after an instant, retired ones too, in pages, the oldest change first. */
export async function* changedCredentials(
  db: Pick<PrismaClient, "$queryRaw">,
  since: Date,
): AsyncGenerator<readonly CredentialChange[]> {
  // Changes of one moment may be more than a page: an import gives all of its rows the same.
  for (let [at, id] = [since, ""]; ; ) {
    const rows = await db.$queryRaw<(CredentialChange & { readonly updatedAt: Date })[]>`
      SELECT "id", "state", "updatedAt" FROM "Credential"
      WHERE ("updatedAt", "id") > (${at.toISOString().replace("Z", "")}::timestamp, ${id})
      ORDER BY "updatedAt", "id" LIMIT ${pageRows}`;
    yield rows;
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) return;
    [at, id] = [last.updatedAt, last.id];
  }
}

/** Every credential in use, by name only, in pages. */
export async function* credentialsInUse(
  db: Pick<PrismaClient, "credential">,
): AsyncGenerator<readonly CredentialChange[]> {
  for (let after = ""; ; ) {
    const rows = await db.credential.findMany({
      where: { id: { gt: after }, state: { not: "retired" } },
      orderBy: { id: "asc" },
      take: pageRows,
      select: { id: true, state: true },
    });
    yield rows as CredentialChange[];
    const last = rows.at(-1);
    if (!last || rows.length < pageRows) return;
    after = last.id;
  }
}

/** Credentials as they are stored now. One that is there no more is not in the answer. */
export async function credentialsNamed(
  db: Pick<PrismaClient, "credential">,
  ids: readonly string[],
): Promise<readonly StoredCredential[]> {
  const found: StoredCredential[] = [];
  for (let at = 0; at < ids.length; at += pageRows) {
    const rows = await db.credential.findMany({
      where: { id: { in: ids.slice(at, at + pageRows) } },
      select: known,
    });
    found.push(...(rows as StoredCredential[]));
  }
  return found;
}

/**
 * Stores new credentials in one statement: made row by row by the client, a thousand of them keep the server from hearing
 * a light for a quarter of a second.
 */
export async function insertCredentials(
  db: Pick<PrismaClient, "$executeRaw">,
  rows: readonly Prisma.CredentialCreateManyInput[],
): Promise<void> {
  const column = (of: (row: Prisma.CredentialCreateManyInput) => string) => rows.map(of);
  const hex = (bytes: Uint8Array | null | undefined) => (bytes ? Buffer.from(bytes).toString("hex") : "");
  const instant = (at: Date | string) => new Date(at).toISOString().replace("Z", "");
  await db.$executeRaw`
    INSERT INTO "Credential" ("id", "endpoint", "purpose", "mode", "state", "source", "createdBy", "createdAt", "updatedAt",
      "identity", "sealedKey", "publicKey")
    SELECT id, endpoint, purpose, mode, state, source, "by", made, made,
      decode(NULLIF(identity, ''), 'hex'), decode(NULLIF(sealed, ''), 'hex'), decode(NULLIF(public, ''), 'hex')
    FROM unnest(
      ${column(({ id }) => id)}::text[], ${column(({ endpoint }) => endpoint)}::text[],
      ${column(({ purpose }) => purpose)}::text[], ${column(({ mode }) => mode)}::text[],
      ${column(({ state }) => state)}::text[], ${column(({ source }) => source)}::text[],
      ${column(({ createdBy }) => createdBy)}::text[], ${column(({ createdAt }) => instant(createdAt))}::timestamp[],
      ${column(({ identity }) => hex(identity))}::text[], ${column(({ sealedKey }) => hex(sealedKey))}::text[],
      ${column(({ publicKey }) => hex(publicKey))}::text[]
    ) AS fresh(id, endpoint, purpose, mode, state, source, "by", made, identity, sealed, public)`;
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

/** Forgets the oldest retired credentials of lights. */
export async function dropOldRetired(
  db: Pick<PrismaClient, "$executeRaw">,
  endpoints: readonly string[],
): Promise<void> {
  await db.$executeRaw`
    DELETE FROM "Credential" WHERE "id" IN (
      SELECT "id" FROM (
        SELECT "id", row_number() OVER (PARTITION BY "endpoint", "purpose" ORDER BY "updatedAt" DESC, "createdAt" DESC) AS "place"
        FROM "Credential" WHERE "state" = 'retired' AND "endpoint" = ANY(${endpoints})
      ) AS "former" WHERE "place" > ${retiredKeptMax})`;
}
