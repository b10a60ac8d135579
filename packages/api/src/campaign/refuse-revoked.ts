import type { PrismaClient } from "@lamplighter/db/generated/client";
import { Problem } from "../problem.ts";

/** A revoked package is handed out to nobody any more. */
export async function refuseRevoked(db: Pick<PrismaClient, "package">, packageId: string): Promise<void> {
  const found = await db.package.findUnique({ where: { id: packageId } });
  if (found?.state !== "revoked") return;
  throw new Problem(
    "package-revoked",
    `Firmware ${found.name} ${found.version} was revoked, so it is handed out no more. Choose another version.`,
  );
}
