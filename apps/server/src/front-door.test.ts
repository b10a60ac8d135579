import { subscriptionsPerConnectionMax } from "@lamplighter/api/live/followed";
import { appRouter } from "@lamplighter/api/router";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { createTRPCUntypedClient, httpLink } from "@trpc/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openTab, type RunningServer, startServer, welcome } from "../test/running-server.ts";

let database: TestDatabase;
let folder: ReturnType<typeof temporaryFolder>;
let server: RunningServer;
let headers: { readonly cookie: string; readonly origin: string };
beforeAll(async () => {
  folder = temporaryFolder();
  database = await openTestDatabase();
  server = await startServer({ DATABASE_URL: database.url, LAMPLIGHTER_DATA_FOLDER: folder.path });
  headers = { cookie: await welcome(server), origin: server.url };
});
afterAll(async () => {
  await server?.[Symbol.asyncDispose]();
  await database?.close();
  folder?.[Symbol.dispose]();
});

const changesWithoutInput = Object.entries(
  (appRouter._def as unknown as { procedures: Record<string, { _def: { type: string; inputs: unknown[] } }> })
    .procedures,
)
  .filter(([, { _def }]) => _def.type === "mutation" && _def.inputs.length === 0)
  .map(([path]) => path);

test("stopping everything is a change without input", () => {
  expect(changesWithoutInput).toContain("campaign.stopEverything");
});

test.each(changesWithoutInput)(
  "%s is called by tRPC's own client, and by a request with nothing in it",
  async (path) => {
    const client = createTRPCUntypedClient({ links: [httpLink({ url: `${server.url}/api/trpc`, headers })] });
    await client.mutation(path);
    expect((await fetch(`${server.url}/api/trpc/${path}`, { method: "POST", headers })).status).toBe(200);
  },
);

test("a change that needs an input says so when it comes with none", async () => {
  const answer = await fetch(`${server.url}/api/trpc/campaign.pause`, { method: "POST", headers });
  expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('"reason":"invalid-input"')]);
});

test("live events over plain HTTP are refused in words, and the stream ends", async () => {
  const input = encodeURIComponent(JSON.stringify({ topics: ["devices"] }));
  const stream = await fetch(`${server.url}/api/trpc/live.events?input=${input}`, { headers });
  const told = await stream.text();
  expect(told).toMatch(/serialized-error[\s\S]*WebSocket at \/api\/trpc[\s\S]*"invalid-input"/);
  expect(told).not.toContain("devices-changed");
});

test("a tab that follows too many things is refused each one beyond, and its log is not filled with errors", async () => {
  const tab = openTab(server, headers.cookie);
  const refused: unknown[] = [];
  await new Promise<void>((resolve) => {
    for (let at = 0; at < subscriptionsPerConnectionMax + 3; at++) {
      const onError = ({ data }: { data?: unknown }) => refused.push(data) === 3 && resolve();
      tab.api.live.events.subscribe({ topics: [] }, { onError });
    }
  });
  expect(refused).toMatchObject(Array(3).fill({ code: "TOO_MANY_REQUESTS", reason: "too-many" }));
  await new Promise<void>((resolve) => {
    const onError = ({ data }: { data?: unknown }) => refused.push(data) && resolve();
    const other = openTab(server, headers.cookie);
    other.api.trace.watch.subscribe({ deviceId: "nobody" }, { onError });
  });
  expect(refused[3]).toMatchObject({ code: "NOT_FOUND", reason: "not-found" });
  expect(server.output()).not.toContain("live connection failed");
  tab.close();
});
