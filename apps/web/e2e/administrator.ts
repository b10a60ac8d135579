import type { Server } from "./server-process.ts";

/** Whoever tests signs in as. */
export const administrator = {
  name: "Ada Lamp",
  email: "ada@example.org",
  password: "a long enough passphrase",
};

/** A cookie as the browser under test takes it. */
export interface SessionCookie {
  readonly name: string;
  readonly value: string;
  readonly domain: string;
  readonly path: string;
  readonly expires: number;
  readonly httpOnly: boolean;
  readonly secure: boolean;
  readonly sameSite: "Lax";
}

/** Uses the one-time link without a browser, and returns the session that it opens. Signing in by hand has a test of its own. */
export async function becomeAdministrator(server: Server): Promise<SessionCookie[]> {
  if (!server.welcomeLink) throw new Error("The server printed no one-time link: is its database empty?");
  const token = new URL(server.welcomeLink).searchParams.get("token");
  const answer = await fetch(`${server.url}/api/welcome`, {
    method: "POST",
    headers: { "content-type": "application/json", origin: server.url },
    body: JSON.stringify({ token, ...administrator }),
  });
  if (!answer.ok) throw new Error(`The one-time link was refused: ${answer.status} ${await answer.text()}`);
  return answer.headers.getSetCookie().map((line) => {
    const [pair = ""] = line.split(";");
    const [name = "", ...value] = pair.split("=");
    return {
      name,
      value: value.join("="),
      domain: new URL(server.url).hostname,
      path: "/",
      expires: -1,
      httpOnly: true,
      secure: false,
      sameSite: "Lax",
    };
  });
}
