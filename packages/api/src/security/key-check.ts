import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { SealedBox } from "@lamplighter/runtime/sealed-box";

const checkWords = new TextEncoder().encode("Lamplighter");
const place = "installation:key-check";

/** Whether this data has keys of lights in it, sealed under some master key. */
export async function hasSealedKeys(db: PrismaClient): Promise<boolean> {
  const row = await db.installation.findUniqueOrThrow({ where: { id: 1 }, select: { keyCheck: true } });
  return row.keyCheck !== null;
}

/**
 * Tells at the start whether the master key is the one that this data was sealed under; a new installation keeps a proof of
 * its key. Better one sentence now than a city whose handshakes all fail.
 */
export async function isKeyOfThisData(db: PrismaClient, box: SealedBox): Promise<boolean> {
  const { keyCheck } = await db.installation.findUniqueOrThrow({ where: { id: 1 }, select: { keyCheck: true } });
  if (keyCheck) return box.open(keyCheck, place) !== undefined;
  const sealed = Uint8Array.from(box.seal(checkWords, place));
  const { count } = await db.installation.updateMany({ where: { id: 1, keyCheck: null }, data: { keyCheck: sealed } });
  // Of two processes that start together the other was first.
  return count === 1 || isKeyOfThisData(db, box);
}

/** Throws away every key of a light that is sealed under a master key which is lost. Returns how many there were. */
export async function forgetSealedKeys(db: PrismaClient, at: Date): Promise<number> {
  const { count } = await db.credential.updateMany({
    where: { sealedKey: { not: null } },
    data: { state: "retired", sealedKey: null, updatedAt: at },
  });
  await db.installation.update({ where: { id: 1 }, data: { keyCheck: null } });
  return count;
}
