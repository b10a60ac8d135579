import { openTestDatabase } from "@lamplighter/db/testing";
import { type Browser, chromium } from "@playwright/test";
import { becomeAdministrator, type SessionCookie } from "../e2e/administrator.ts";
import { chromium as howToStart } from "../e2e/chromium.ts";
import { dataFolder, startServer } from "../e2e/server-process.ts";
import { insertLights } from "./insert-lights.ts";

/**
 * Measures the console with a city of 10,000 lights: from the navigation until rows can be read, and until the map is
 * drawn and still. Each run has a fresh browser profile, so nothing is cached. Prints one line of JSON per goal;
 * `--check` exits 1 when a goal is missed.
 */
const lights = 10_000;
const runs = 5;

interface Goal {
  readonly bench: string;
  readonly path: string;
  /** What is on the screen when it is done, as a selector. */
  readonly done: string;
  readonly milliseconds: number;
}

const goals: readonly Goal[] = [
  {
    bench: `lights page with ${lights} lights, navigation to first rows`,
    path: "/lights",
    done: 'table[aria-label="Lights"] tr[data-row-id]',
    milliseconds: 1_500,
  },
  {
    bench: `map with ${lights} lights, navigation to drawn and still`,
    path: "/map",
    done: `[data-testid="lights-map"][data-drawn="${lights}"]`,
    milliseconds: 3_000,
  },
];

await using database = await openTestDatabase();
await insertLights(database, lights);
const server = await startServer({ folder: dataFolder(), databaseUrl: database.url });
const browser = await chromium.launch(howToStart());
let isMissed = false;
try {
  const cookies = await becomeAdministrator(server);
  for (const goal of goals) {
    const times: number[] = [];
    // The first run warms the server and the system's file cache, as a console in use is warm; it does not count.
    for (let run = 0; run <= runs; run++) {
      const time = await measure(browser, { url: server.url, cookies, goal });
      if (run > 0) times.push(Math.round(time));
    }
    const value = times.toSorted((a, b) => a - b)[runs >> 1] ?? Number.NaN;
    const met = value < goal.milliseconds;
    isMissed ||= !met;
    const against = { runs: times, lights, browser: browser.version() };
    console.log(JSON.stringify({ bench: goal.bench, unit: "ms", value, goal: goal.milliseconds, met, against }));
  }
} finally {
  await browser.close();
  await server.stop();
}
if (isMissed && process.argv.includes("--check")) process.exitCode = 1;

async function measure(
  from: Browser,
  { url, cookies, goal }: { url: string; cookies: readonly SessionCookie[]; goal: Goal },
): Promise<number> {
  const context = await from.newContext({ viewport: { width: 1440, height: 900 } });
  await context.addCookies([...cookies]);
  const page = await context.newPage();
  // The page's own clock counts from the start of its navigation, so Playwright's round trips are not measured.
  await page.addInitScript((selector) => {
    const look = () => {
      if (document.querySelector(selector)) (window as unknown as { doneAt: number }).doneAt = performance.now();
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, goal.done);
  await page.goto(`${url}${goal.path}`, { waitUntil: "commit" });
  const doneAt = await page.waitForFunction(() => (window as unknown as { doneAt?: number }).doneAt, undefined, {
    timeout: 60_000,
  });
  const time = await doneAt.jsonValue();
  await context.close();
  return time ?? Number.NaN;
}
