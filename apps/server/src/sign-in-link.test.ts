import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { openTestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { expect, test } from "vitest";
import { startServer } from "../test/running-server.ts";

const program = join(import.meta.dirname, "sign-in-link.ts");

test("whoever has lost the password comes in by a fresh link, once; in an empty installation the link invites", async () => {
  await using database = await openTestDatabase();
  using folder = temporaryFolder();
  const settings = { DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path };
  await using server = await startServer(settings);
  const link = (...flags: string[]) => {
    // Without the server's port, which is another one at each start of a test.
    const env = { ...process.env, ...settings };
    const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...flags], { env, encoding: "utf8" });
    return { status, said: (stdout + stderr).trim() };
  };
  expect(link()).toEqual({ status: 0, said: expect.stringContaining(`${server.url}/welcome?token=`) });
  await database.prisma.user.createMany({
    data: ["ada", "bob"].map((name) => ({ id: name, name, email: `${name}@example.org`, role: "administrator" })),
  });
  expect(link()).toEqual({ status: 1, said: "Say for whom: --for with one of ada@example.org, bob@example.org." });
  expect(link("--for", "eve@example.org")).toMatchObject({ status: 1, said: expect.stringContaining("Nobody here") });
  const made = link("--for", "Ada@Example.org");
  expect(made).toMatchObject({ status: 0, said: expect.stringContaining(`${server.url}/api/sign-in-link?token=`) });
  const follow = () => fetch(made.said, { redirect: "manual" });
  const first = await follow();
  expect(first.headers.get("set-cookie")).toContain("session_token");
  expect((await follow()).headers.get("set-cookie") ?? "").not.toContain("session_token");
});
