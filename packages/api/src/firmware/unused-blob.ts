import type { Prisma, PrismaClient } from "@lamplighter/db/generated/client";
import type { Blobs } from "./blobs.ts";

/** Any number that nothing else of Lamplighter locks. */
const firmwareLock = 727_469_011;

/**
 * Lets those who add or remove firmware do so one after the other, until their transaction ends. Without it two uploads
 * at once would both find their version free, or one would remove the bytes that the other has just been given.
 */
export async function lockFirmware(db: Prisma.TransactionClient): Promise<void> {
  await db.$executeRaw`SELECT pg_advisory_xact_lock(${firmwareLock})`;
}

/** Removes bytes from the disk, and the row that names them, unless a package has them. */
export async function removeUnusedBlob(
  { db, blobs }: { readonly db: PrismaClient; readonly blobs: Blobs },
  sha256: string,
): Promise<void> {
  await db.$transaction(async (db) => {
    await lockFirmware(db);
    if ((await db.package.count({ where: { sha256 } })) > 0) return;
    await db.blob.deleteMany({ where: { sha256 } });
    await blobs.remove(sha256);
  });
}
