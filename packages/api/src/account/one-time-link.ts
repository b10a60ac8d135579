import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import type { Clock } from "@lamplighter/runtime/clock";
import type { Duration } from "@lamplighter/runtime/duration";

/** What a link is good for: setting up the first administrator, or signing one user in. */
export type LinkPurpose = "welcome" | "sign-in";

/** Bytes of chance in a token: 256 bits cannot be guessed. */
const tokenBytes = 32;
/** A token in base64url, or something that is none. Longer input is refused before it is hashed. */
const tokenCharactersMax = 64;

export interface OneTimeLinks {
  /** Makes a link's token and forgets earlier ones of the same purpose. Only its hash is stored. */
  issue(purpose: LinkPurpose, options: { userId?: string; validFor: Duration }): Promise<string>;
  /** Tells whether a token would still be taken, without using it up. */
  isGood(purpose: LinkPurpose, token: string): Promise<boolean>;
  /** Uses a token up. Of two at once only one wins. Returns whom it is for, or undefined when it is used, old or wrong. */
  redeem(purpose: LinkPurpose, token: string): Promise<{ userId: string | undefined } | undefined>;
}

/** Links that are good once, and for a while. */
export function oneTimeLinks({ db, clock }: { db: PrismaClient; clock: Clock }): OneTimeLinks {
  const identifierOf = (purpose: LinkPurpose) => `one-time-link:${purpose}`;

  async function find(purpose: LinkPurpose, token: string) {
    if (token.length === 0 || token.length > tokenCharactersMax) return undefined;
    const given = Buffer.from(hash(token));
    // Looked up by purpose and compared here in constant time, so that the index of the table tells nobody anything.
    const rows = await db.verification.findMany({ where: { identifier: identifierOf(purpose) }, take: 10 });
    return rows.find((row) => {
      const stored = Buffer.from(row.value.split(" ")[0] ?? "");
      return stored.length === given.length && timingSafeEqual(stored, given) && row.expiresAt > clock.now();
    });
  }

  return {
    async issue(purpose, { userId, validFor }) {
      const token = randomBytes(tokenBytes).toString("base64url");
      const now = clock.now();
      await db.$transaction([
        db.verification.deleteMany({ where: { identifier: identifierOf(purpose) } }),
        db.verification.create({
          data: {
            id: randomBytes(16).toString("base64url"),
            identifier: identifierOf(purpose),
            value: userId === undefined ? hash(token) : `${hash(token)} ${userId}`,
            expiresAt: new Date(now.getTime() + validFor),
          },
        }),
      ]);
      return token;
    },
    async isGood(purpose, token) {
      return (await find(purpose, token)) !== undefined;
    },
    async redeem(purpose, token) {
      const row = await find(purpose, token);
      if (!row) return undefined;
      const { count } = await db.verification.deleteMany({ where: { id: row.id } });
      return count === 1 ? { userId: row.value.split(" ")[1] } : undefined;
    },
  };
}

function hash(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
