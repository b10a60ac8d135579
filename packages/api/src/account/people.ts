import { randomBytes } from "node:crypto";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import { hashPassword } from "better-auth/crypto";

/** The demo's own administrator. It has a random password that nobody knows; it comes in by the link only. */
export const demoEmail = "demo@lamplighter.invalid";

/** Tells whether somebody administers this installation (the demo's own account does not count). */
export async function hasAdministrator(db: PrismaClient): Promise<boolean> {
  return (await db.user.count({ where: { role: "administrator", email: { not: demoEmail } } })) > 0;
}

/** Finds or makes the demo's administrator, lets it in again if a start without the demo had shut it out, and returns its id. */
export async function demoAdministrator(db: PrismaClient, newId: () => string): Promise<string> {
  const known = await db.user.findUnique({ where: { email: demoEmail } });
  if (known) {
    await db.user.update({ where: { email: demoEmail }, data: { role: "administrator" } });
    return known.id;
  }
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

/**
 * Ends what the demo's administrator may do, at a start without the demo: whoever tried the demo keeps no key to what the
 * installation becomes. Its sessions and links go; its name stays with what it did.
 */
export async function shutOutDemoAdministrator(db: PrismaClient): Promise<void> {
  const demo = await db.user.findUnique({ where: { email: demoEmail }, select: { id: true } });
  if (!demo) return;
  await db.$transaction([
    db.session.deleteMany({ where: { userId: demo.id } }),
    db.verification.deleteMany({ where: { value: { endsWith: ` ${demo.id}` } } }),
    db.user.update({ where: { id: demo.id }, data: { role: "viewer" } }),
  ]);
}

/** Tells whether somebody may be let in by a link: everybody but the demo's administrator while the demo is over. */
export function mayBeLetIn({ email, role }: { readonly email: string; readonly role: string | null }): boolean {
  return email !== demoEmail || role === "administrator";
}
