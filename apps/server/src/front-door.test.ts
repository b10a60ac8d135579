import { connect } from "node:net";
import { subscriptionsPerConnectionMax } from "@lamplighter/api/live/followed";
import { appRouter } from "@lamplighter/api/router";
import { openTestDatabase, type TestDatabase, temporaryFolder } from "@lamplighter/db/testing";
import { createTRPCUntypedClient, httpLink } from "@trpc/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { WebSocket } from "ws";
import { openTab, type RunningServer, startServer, welcome } from "../test/running-server.ts";
import { requestsPerTabMax, tabsPersonMax } from "./places.ts";

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

/** Sends messages over one live connection, and gives each answer by its id, when all that is waited for have come. */
async function answersTo(messages: readonly unknown[], expected: number) {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/trpc`, { headers });
  const answers = new Map<unknown, { result?: unknown; error?: { message: string; data: { code: string } } }>();
  await new Promise<void>((resolve, reject) => {
    socket.on("error", reject).on("close", reject);
    socket.on("open", () => {
      for (const message of messages) socket.send(JSON.stringify(message));
    });
    socket.on("message", (data) => {
      const answer = JSON.parse(String(data));
      answers.set(answer.id, answer);
      if (answers.size === expected) resolve();
    });
  });
  socket.terminate();
  return answers;
}

const summary = (id: number) => ({ id, method: "query", params: { path: "overview.summary" } });

test("requests beyond the places of a tab are refused one by one, and the connection goes on", async () => {
  const many = Array.from({ length: requestsPerTabMax + 20 }, (_, id) => summary(id));
  const answers = [...(await answersTo([many], many.length)).values()];
  const codes = answers.flatMap(({ error }) => (error ? [error.data.code] : []));
  expect(codes).toEqual(Array(20).fill("TOO_MANY_REQUESTS"));
});

test("thousands of requests in one message are not begun at all, and the connection goes on", async () => {
  const flood = Array.from({ length: 3_000 }, (_, id) => summary(id));
  const answers = await answersTo([flood, summary(9_999)], 2);
  expect(answers.get(null)?.error?.message).toMatch(/256 requests at most/);
  expect(answers.get(9_999)?.result).toBeDefined();
});

/** The first line and the headers of what is answered to bytes as they are. */
function answerTo(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => socket.write(bytes));
    let said = "";
    socket.on("error", reject).on("data", (part) => {
      said += part;
      if (!said.includes("\r\n\r\n")) return;
      socket.destroy();
      resolve(said.toLowerCase());
    });
  });
}

test("a stranger's large body is not waited for: the answer is to sign in, and the connection ends", async () => {
  const head = (bytes: number) =>
    `POST /api/trpc/device.import HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${bytes}\r\n\r\n`;
  expect(await answerTo(head(60_000_000))).toMatch(/^http\/1.1 401 [\s\S]*\r\nconnection: close/);
  expect(await answerTo(`${head(2)}{}`)).toMatch(/^http\/1.1 401 [\s\S]*\r\nconnection: keep-alive/);
});

test("headers beyond their bound are refused", async () => {
  const answer = await answerTo(`GET /healthz HTTP/1.1\r\nHost: a\r\nX: ${"x".repeat(17_000)}\r\n\r\n`);
  expect(answer).toMatch(/^http\/1.1 431 /);
});

test("one person has a bounded number of tabs, and a closed one makes room", async () => {
  const open = () =>
    new Promise<WebSocket | number | undefined>((resolve, reject) => {
      const socket = new WebSocket(`${server.url.replace("http", "ws")}/api/trpc`, { headers });
      socket.on("open", () => resolve(socket)).on("error", reject);
      socket.on("unexpected-response", (_, { statusCode }) => resolve(statusCode));
    });
  const tabs: WebSocket[] = [];
  let last = await open();
  for (; last instanceof WebSocket && tabs.length <= tabsPersonMax; last = await open()) tabs.push(last);
  expect(last).toBe(429);
  expect(tabs.length).toBeGreaterThan(tabsPersonMax - 10);
  const closed = new Promise((resolve) => tabs[0]?.on("close", resolve));
  tabs[0]?.close();
  await closed;
  // The server may hear of it a moment later than we do.
  do last = await open();
  while (last === 429);
  expect(last).toBeInstanceOf(WebSocket);
  for (const tab of [...tabs, last as WebSocket]) tab.terminate();
});
