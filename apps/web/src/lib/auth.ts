import { createAuthClient } from "better-auth/client";

/** The browser's side of accounts: sign in and sign out. Sessions live in a cookie that scripts cannot read. */
export const authClient = createAuthClient({ basePath: "/api/auth" });
