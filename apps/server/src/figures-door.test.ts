import { silentLog } from "@lamplighter/runtime/log";
import { afterEach, expect, test } from "vitest";
import { addBootstrapFigures, figures } from "./figures.ts";
import { type FiguresDoor, openFiguresDoor } from "./figures-door.ts";
import { metricsAccess } from "./metrics-access.ts";

let door: FiguresDoor | undefined;
afterEach(() => door?.close());

const token = "0123456789abcdef";
async function open(isReady: () => Promise<boolean> = async () => true) {
  const book = figures();
  addBootstrapFigures(book, {
    server: { running: 3, counters: { requests: 7 } as never },
    endpoint: { counters: { malformed: 2 } as never },
    way: { dtls: { counters: {} as never } },
  });
  const parts = { mayRead: metricsAccess(token), isReady, text: book.text, log: silentLog };
  door = await openFiguresDoor({ host: "127.0.0.1", port: 0, ...parts });
  const { port } = door;
  return (path: string, headers: Record<string, string> = {}) => fetch(`http://127.0.0.1:${port}${path}`, { headers });
}

test("who watches a bootstrap server that runs alone is told how it does", async () => {
  const get = await open();
  expect([(await get("/healthz")).status, (await get("/readyz")).status]).toEqual([200, 200]);
  const text = await (await get("/metrics")).text();
  expect(text).toContain("lamplighter_bootstraps_running 3");
  expect(text).toContain('lamplighter_bootstrap{name="requests"} 7');
  expect(text).toContain('lamplighter_bootstrap_coap{name="malformed"} 2');
  expect(text).toContain("process_resident_memory_bytes");
});

test("a proxy on this machine gives figures to nobody without the token, and there is nothing else behind the door", async () => {
  const get = await open();
  const passedOn = { "x-forwarded-for": "203.0.113.9" };
  expect((await get("/metrics", passedOn)).status).toBe(403);
  expect((await get("/metrics", { ...passedOn, authorization: `Bearer ${token}` })).status).toBe(200);
  for (const path of ["/", "/api/trpc/x", "/toString", "/metrics/more"]) expect((await get(path)).status).toBe(404);
});

test("without its database it runs, and is not ready; a look that fails is a failure and no end", async () => {
  const get = await open(async () => false);
  expect([(await get("/healthz")).status, (await get("/readyz")).status]).toEqual([200, 503]);
  await door?.close();
  const again = await open(() => Promise.reject(new Error("away")));
  expect((await again("/readyz")).status).toBe(500);
  expect((await again("/healthz")).status).toBe(200);
});
