import type { AppRouter } from "@lamplighter/api/client";
import { createTRPCClient, httpLink } from "@trpc/client";
import type { ServerProcess } from "./server-process.ts";

/** The public API, signed in as the first administrator. */
export interface PublicApi {
  readonly trpc: ReturnType<typeof createTRPCClient<AppRouter>>;
  readonly cookie: string;
  upload(image: Uint8Array, fields: Readonly<Record<string, string>>): Promise<{ id: string; version: string }>;
}

/** Uses the server's one-time link to become its first administrator, and returns a client with that session. */
export async function signIn(server: ServerProcess): Promise<PublicApi> {
  if (!server.signInLink) throw new Error("The server printed no one-time link: is its database empty?");
  const token = new URL(server.signInLink).searchParams.get("token");
  const answer = await fetch(`${server.url}/api/welcome`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.url },
    body: JSON.stringify({ token, name: "Proof", email: "proof@example.org", password: "a long enough passphrase" }),
  });
  if (!answer.ok) throw new Error(`The welcome link was refused: ${answer.status} ${await answer.text()}`);
  const cookie = answer.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const headers = { cookie, origin: server.url };
  return {
    cookie,
    trpc: createTRPCClient<AppRouter>({ links: [httpLink({ url: `${server.url}/api/trpc`, headers })] }),
    async upload(image, fields) {
      const reply = await fetch(`${server.url}/api/firmware?${new URLSearchParams(fields)}`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/octet-stream" },
        body: Buffer.from(image),
      });
      if (!reply.ok) throw new Error(`The upload was refused: ${reply.status} ${await reply.text()}`);
      return (await reply.json()) as { id: string; version: string };
    },
  };
}
