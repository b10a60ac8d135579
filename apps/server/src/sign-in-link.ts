import { parseArgs } from "node:util";
import { signInLinkFor, welcomeLinkFor } from "@lamplighter/api/account/auth";
import { oneTimeLinks } from "@lamplighter/api/account/one-time-link";
import { demoEmail, mayBeLetIn } from "@lamplighter/api/account/people";
import { borrowDatabase } from "@lamplighter/db/borrowed-database";
import { openDatabase } from "@lamplighter/db/client";
import type { PrismaClient } from "@lamplighter/db/generated/client";
import { systemClock } from "@lamplighter/runtime/system-clock";
import { reachable } from "./addresses.ts";
import { readConfig } from "./config.ts";
import { keptConsoleUrl } from "./data-folder.ts";
import { createLog } from "./log.ts";
import { runErrand } from "./run-errand.ts";
import { StartFailure } from "./start-failure.ts";

/**
 * `npm run sign-in-link -- --for ada@example.org`: a fresh link, good once, for who has lost a password or has none, as in the
 * demo; also while the server runs. Who may run this on the server's machine may read its data folder, and so everything.
 */
await runErrand(async () => {
  const { values } = parseArgs({ options: { for: { type: "string" } } });
  const config = readConfig([]);
  const clock = systemClock();
  const log = createLog({ ...config, logLevel: "warn" });
  const path = await borrowDatabase({ ...config, clock, log }, async (url) => {
    await using database = await openDatabase({ url, log, migrate: false, connectionsMax: 2 });
    const links = oneTimeLinks({ db: database.prisma, clock });
    const userId = await whose(database.prisma, values.for);
    return userId === undefined
      ? `/welcome?token=${await links.issue("welcome", { validFor: welcomeLinkFor })}`
      : `/api/sign-in-link?token=${await links.issue("sign-in", { userId, validFor: signInLinkFor })}`;
  });
  const url = config.publicUrl ?? keptConsoleUrl(config.dataFolder);
  console.log(`${url ?? `http://${reachable(config.host, config.httpPort)}`}${path}`);
});

/** The person that is meant; undefined in an installation without anybody, which its first administrator sets up. */
async function whose(db: PrismaClient, email: string | undefined): Promise<string | undefined> {
  const select = { id: true, email: true, role: true } as const;
  const people = (await db.user.findMany({ select, orderBy: { email: "asc" }, take: 1_000 })).filter(mayBeLetIn);
  if (email !== undefined) {
    const found = people.find((person) => person.email === email.toLowerCase());
    if (found) return found.id;
    throw new StartFailure(`Nobody here has the e-mail address ${email}.`);
  }
  const real = people.filter((person) => person.email !== demoEmail);
  if (real.length > 1) {
    throw new StartFailure(`Say for whom: --for with one of ${real.map((person) => person.email).join(", ")}.`);
  }
  return (real[0] ?? people[0])?.id;
}
