import { signInLinkFor, welcomeLinkFor } from "@lamplighter/api/account/auth";
import type { OneTimeLinks } from "@lamplighter/api/account/one-time-link";
import { demoAdministrator, hasAdministrator } from "@lamplighter/api/account/people";
import type { Services } from "@lamplighter/api/context";
import type { Config } from "./config.ts";

/** What a server that came up tells of. */
export interface Welcomed {
  readonly db: Services["db"];
  readonly newId: () => string;
  readonly links: OneTimeLinks;
  readonly facts: Services["facts"];
  readonly publicUrl: string;
  readonly coapPort: number;
  readonly coapsPort: number;
  /** Absent where bootstrap is a process of its own. */
  readonly bootstrap?: { readonly port: number; readonly coapsPort: number } | undefined;
}

/** Where everything is: lines for people, or one of JSON for programs. */
export async function greeting(config: Config, at: Welcomed): Promise<string> {
  const { publicUrl, coapPort, coapsPort, bootstrap, facts } = at;
  const signInLink = await firstLink(config, at);
  if (config.printReadyJson) {
    return JSON.stringify({
      ...{ url: publicUrl, coapPort, coapsPort },
      ...{ bootstrapPort: bootstrap?.port, bootstrapCoapsPort: bootstrap?.coapsPort },
      ...(signInLink && { signInLink }),
    });
  }
  const inviting = config.demo ? "Sign in to the demo" : "Set up the first administrator";
  return [
    `\nLamplighter is ready: ${publicUrl}`,
    `Lights register at ${facts.coapsUri} with a key, at ${facts.coapUri} without one where they may`,
    ...(bootstrap
      ? [`Lights without an account ask for one at ${facts.bootstrapCoapsUri} or ${facts.bootstrapUri}`]
      : []),
    ...(signInLink ? [`${inviting} (good once): ${signInLink}\n`] : []),
  ].join("\n");
}

/** The demo signs in by a fresh link at each start; an empty installation invites its first administrator. */
async function firstLink(
  config: Config,
  { db, newId, links, publicUrl }: Pick<Welcomed, "db" | "newId" | "links" | "publicUrl">,
): Promise<string | undefined> {
  if (config.demo) {
    const userId = await demoAdministrator(db, newId);
    return `${publicUrl}/api/sign-in-link?token=${await links.issue("sign-in", { userId, validFor: signInLinkFor })}`;
  }
  if (await hasAdministrator(db)) return undefined;
  return `${publicUrl}/welcome?token=${await links.issue("welcome", { validFor: welcomeLinkFor })}`;
}
