import { randomBytes } from "node:crypto";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import { hashPassword } from "better-auth/crypto";

/** The demo's own administrator. It has a random password that nobody knows; it comes in by the link only. */
export const demoEmail = "demo@lamplighter.invalid";

/** Tells whether somebody administers this installation (the demo's own account does not count). */
export async function hasAdministrator(db: PrismaClient): Promise<boolean> {
  return (await db.user.count({ where: { role: "administrator", email: { not: demoEmail } } })) > 0;
}

/** Finds or makes the demo's administrator and returns its id. */
export async function demoAdministrator(db: PrismaClient, newId: () => string): Promise<string> {
  const known = await db.user.findUnique({ where: { email: demoEmail } });
  if (known) return known.id;
  const id = newId();
  await db.user.create({
    data: {
      id,
      name: "Demo",
      email: demoEmail,
      emailVerified: true,
      role: "administrator",
      accounts: {
        create: {
          id: newId(),
          accountId: id,
          providerId: "credential",
          password: await hashPassword(randomBytes(32).toString("base64url")),
        },
      },
    },
  });
  return id;
}
