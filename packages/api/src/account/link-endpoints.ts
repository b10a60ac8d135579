import type { BetterAuthPlugin } from "better-auth";
import { APIError, createAuthEndpoint } from "better-auth/api";
import { setSessionCookie } from "better-auth/cookies";
import { z } from "zod";
import { passwordCharactersMin } from "./auth.ts";
import type { OneTimeLinks } from "./one-time-link.ts";

const token = z.string().min(1).max(64);

/**
 * Two ways in that need no password yet: the first administrator's welcome, and a ready link for the demo.
 * The front door shows them at `/api/welcome` and `/api/sign-in-link`. A GET of the first asks whether the link is still
 * good and spends nothing; it tells no more than the POST does.
 */
export function linkEndpoints(links: OneTimeLinks) {
  return {
    id: "one-time-links",
    endpoints: {
      welcome: createAuthEndpoint(
        "/welcome",
        {
          method: "POST",
          body: z.object({
            token,
            name: z.string().trim().min(1).max(120),
            email: z.email().max(254),
            password: z.string().min(passwordCharactersMin).max(128),
          }),
        },
        async (ctx) => {
          const { name, password } = ctx.body;
          const email = ctx.body.email.toLowerCase();
          const { internalAdapter } = ctx.context;
          // Asked before the token is spent: a person who mistypes must not need a new link.
          if (await internalAdapter.findUserByEmail(email)) {
            throw new APIError("CONFLICT", {
              reason: "name-taken",
              message: `${email} has an account already. Sign in with it, or choose another address.`,
            });
          }
          if (!(await links.redeem("welcome", ctx.body.token))) throw linkIsGone();
          const user = await internalAdapter.createUser(
            { name, email, emailVerified: true, role: "administrator" },
            { method: "email-password" },
          );
          await internalAdapter.linkAccount({
            userId: user.id,
            accountId: user.id,
            providerId: "credential",
            password: await ctx.context.password.hash(password),
          });
          const session = await internalAdapter.createSession(user.id);
          await setSessionCookie(ctx, { session, user });
          return ctx.json({ user: { id: user.id, name: user.name, email: user.email } });
        },
      ),
      isWelcome: createAuthEndpoint("/welcome", { method: "GET", query: z.object({ token }) }, async (ctx) => {
        if (!(await links.isGood("welcome", ctx.query.token))) throw linkIsGone();
        ctx.setHeader("cache-control", "no-store");
        return ctx.json({ good: true });
      }),
      signInByLink: createAuthEndpoint("/sign-in-link", { method: "GET", query: z.object({ token }) }, async (ctx) => {
        const redeemed = await links.redeem("sign-in", ctx.query.token);
        const user = redeemed?.userId ? await ctx.context.internalAdapter.findUserById(redeemed.userId) : undefined;
        if (!user) throw ctx.redirect("/sign-in?link=used");
        const session = await ctx.context.internalAdapter.createSession(user.id);
        await setSessionCookie(ctx, { session, user });
        throw ctx.redirect("/");
      }),
    },
  } satisfies BetterAuthPlugin;
}

function linkIsGone() {
  return new APIError("GONE", {
    reason: "expired",
    message:
      "This link was used already or is too old. Start the server again: while there is no administrator, it prints a new one.",
  });
}
