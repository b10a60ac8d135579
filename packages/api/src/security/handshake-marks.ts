import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { CredentialPurpose, StoredCredential } from "@lamplighter/db/prisma-credential-store";

/** When and how a credential was last used. */
export interface HandshakeMark {
  readonly id: string;
  readonly at: Date;
  readonly suite: string;
  readonly hasConnectionId: boolean;
}

/** Writes marks of many credentials in one statement. */
export async function writeMarks(db: PrismaClient, marks: readonly HandshakeMark[]): Promise<void> {
  if (marks.length === 0) return;
  await db.$executeRaw`
    UPDATE "Credential" SET
      "lastHandshakeAt" = mark.at, "lastSuite" = mark.suite, "lastHasConnectionId" = mark.cid
    FROM unnest(
      ${marks.map(({ id }) => id)}::text[],
      ${marks.map(({ at }) => at.toISOString().replace("Z", ""))}::timestamp[],
      ${marks.map(({ suite }) => suite)}::text[],
      ${marks.map(({ hasConnectionId }) => hasConnectionId)}::boolean[]
    ) AS mark(id, at, suite, cid)
    WHERE "Credential"."id" = mark.id`;
}

/** Makes a pending credential the active one and retires what was; undefined when it waits no more. */
export async function promoteCredential(
  db: PrismaClient,
  id: string,
  at: Date,
): Promise<{ promoted: StoredCredential; retired: StoredCredential[] } | undefined> {
  return db.$transaction(async (db) => {
    // Held to the end: taken away in between it would come back without its key, and end the one put in its place.
    const [held] = await db.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "Credential" WHERE "id" = ${id} AND "state" = 'pending' FOR UPDATE`;
    if (!held) return undefined;
    const pending = await db.credential.findUniqueOrThrow({ where: { id } });
    const { endpoint, purpose } = pending as { endpoint: string; purpose: CredentialPurpose };
    const former = await db.credential.findMany({ where: { endpoint, purpose, state: "active" } });
    await db.credential.updateMany({
      where: { id: { in: former.map(({ id }) => id) } },
      data: { state: "retired", sealedKey: null, updatedAt: at },
    });
    const promoted = await db.credential.update({ where: { id }, data: { state: "active", updatedAt: at } });
    const retired = former.map((row) => ({ ...row, state: "retired", sealedKey: null, updatedAt: at }));
    return { promoted: promoted as StoredCredential, retired: retired as StoredCredential[] };
  });
}
