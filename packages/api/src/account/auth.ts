import type { PrismaClient } from "@lamplighter/db/generated/client";
import { hours, minutes } from "@lamplighter/runtime/duration";
import type { Log } from "@lamplighter/runtime/log";
import { betterAuth } from "better-auth";
import { prismaAdapter } from "better-auth/adapters/prisma";
import type { Actor } from "../context.ts";
import { linkEndpoints } from "./link-endpoints.ts";
import type { OneTimeLinks } from "./one-time-link.ts";

export const welcomeLinkFor = hours(24);
export const signInLinkFor = hours(12);
export const passwordCharactersMin = 10;
/** The header in which the front door tells who connects. It overwrites whatever a stranger wrote there. */
export const clientAddressHeader = "x-lamplighter-client";

export interface AuthOptions {
  readonly db: PrismaClient;
  readonly links: OneTimeLinks;
  readonly secret: string;
  /** Where people reach the console; cookies are `Secure` when it is https. */
  readonly publicUrl: string;
  /** Tells whether a page of this origin may change things here; the front door's own rule. */
  readonly trustedOrigins: (request: Request | undefined) => string[];
  readonly log: Log;
}

/**
 * Accounts and sessions: e-mail and password, kept in our own tables. Nobody can sign up; the first administrator comes
 * by a one-time link, and there is no password to begin with.
 */
export function createAuth({ db, links, secret, publicUrl, trustedOrigins, log }: AuthOptions) {
  return betterAuth({
    appName: "Lamplighter",
    baseURL: publicUrl,
    basePath: "/api/auth",
    secret,
    trustedOrigins,
    database: prismaAdapter(db, { provider: "postgresql", transaction: true }),
    emailAndPassword: { enabled: true, disableSignUp: true, minPasswordLength: passwordCharactersMin },
    user: { additionalFields: { role: { type: "string", required: false, defaultValue: "viewer", input: false } } },
    session: { expiresIn: hours(24 * 7) / 1_000, updateAge: hours(24) / 1_000 },
    rateLimit: {
      enabled: true,
      storage: "memory",
      window: minutes(1) / 1_000,
      max: 300,
      customRules: { "/sign-in/email": { window: minutes(1) / 1_000, max: 10 } },
    },
    advanced: {
      useSecureCookies: publicUrl.startsWith("https:"),
      defaultCookieAttributes: { httpOnly: true, sameSite: "lax" },
      ipAddress: { ipAddressHeaders: [clientAddressHeader] },
      cookiePrefix: "lamplighter",
    },
    telemetry: { enabled: false },
    // Left alone, it writes what it did not foresee past our log; the front door logs and answers that instead.
    onAPIError: { throw: true },
    logger: {
      level: "warn",
      log: (level, message) => log[level === "error" ? "error" : "warn"](`Accounts: ${message}`),
    },
    plugins: [linkEndpoints(links)],
  });
}

export type Auth = ReturnType<typeof createAuth>;

/** Who is behind these headers, or undefined. */
export async function actorOf(auth: Auth, headers: Headers): Promise<Actor | undefined> {
  if (!headers.has("cookie")) return undefined;
  const session = await auth.api.getSession({ headers });
  if (!session) return undefined;
  const { id, name, email, role } = session.user;
  return { id, name, email, role: role ?? "viewer" };
}
