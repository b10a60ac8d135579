import { buildImage } from "@lamplighter/device/firmware-image";
import { test as base, expect, type Page } from "@playwright/test";
import { becomeAdministrator, type SessionCookie } from "./administrator.ts";
import { type Batch, type Fleet, switchOn } from "./lights.ts";
import { type Server, startServer } from "./server-process.ts";

export { expect } from "@playwright/test";

/** Each story has lights of its own, told apart by model. */
export const batches: readonly Batch[] = [
  { model: "Harbour", lights: 20 },
  { model: "Mill", lights: 6, installSeconds: 2 },
  { model: "Quarry", lights: 1 },
  { model: "Quarry", lights: 1, fault: "integrity" },
  { model: "Market", lights: 2 },
  { model: "Orchard", lights: 4 },
  { model: "Canal", lights: 2, software: true },
  { model: "Night", lights: 1, sleeps: true },
];
export const lightsInAll = batches.reduce((sum, { lights }) => sum + lights, 0);

const modelKnown = { field: "model", operator: "is-not", values: [""] };

interface WorkerFixtures {
  readonly server: Server;
  readonly fleet: Fleet;
  readonly sessionCookies: SessionCookie[];
}

/** `test` with a running server, lights that are registered, and a page whose person is signed in. */
export const test = base.extend<object, WorkerFixtures>({
  server: [
    // biome-ignore lint/correctness/noEmptyPattern: the library reads the pattern to learn what a fixture needs
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],
  fleet: [
    async ({ server, sessionCookies }, use) => {
      const fleet = await switchOn(server.coapPort, batches);
      const cookie = sessionCookies.map(({ name, value }) => `${name}=${value}`).join("; ");
      const input = encodeURIComponent(JSON.stringify({ query: { where: [modelKnown] } }));
      // Before each has said its model, a story could not find its lights.
      await expect
        .poll(
          async () => {
            const answer = await fetch(`${server.url}/api/trpc/device.count?input=${input}`, { headers: { cookie } });
            return ((await answer.json()) as { result?: { data: { lights: number } } }).result?.data.lights;
          },
          { timeout: 40_000, message: "lights that registered and said their model" },
        )
        .toBe(lightsInAll);
      await use(fleet);
      await fleet.stop();
    },
    { scope: "worker", timeout: 60_000, auto: true },
  ],
  sessionCookies: [
    async ({ server }, use) => {
      await use(await becomeAdministrator(server));
    },
    { scope: "worker", timeout: 30_000 },
  ],
  baseURL: async ({ server }, use) => {
    await use(server.url);
  },
  storageState: async ({ sessionCookies }, use) => {
    await use({ cookies: sessionCookies, origins: [] });
  },
});

/** An image of firmware or software as a file for an upload field. */
export function image(version: string, kilobytes = 16) {
  const bytes = buildImage({ version, bytes: kilobytes * 1_024, seed: kilobytes });
  return { name: `lamp-${version}.bin`, mimeType: "application/octet-stream", buffer: Buffer.from(bytes) };
}

/** Puts a mark into the page that a reload would wipe away. */
export async function markPage(page: Page): Promise<() => Promise<void>> {
  await page.evaluate(() => {
    (window as unknown as { notReloaded: boolean }).notReloaded = true;
  });
  return async () => {
    expect(await page.evaluate(() => (window as unknown as { notReloaded?: boolean }).notReloaded)).toBe(true);
  };
}
