import { defineConfig, devices } from "@playwright/test";
import { chromium } from "./e2e/chromium.ts";

/**
 * The console in a real browser, against the real server and simulated lights. Needs a built console (`npm test` builds it).
 * One worker: the server, its database, the lights and the browser share a small machine.
 */
export default defineConfig({
  testDir: "e2e",
  workers: 1,
  fullyParallel: false,
  forbidOnly: true,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    trace: "retain-on-failure",
    screenshot: "only-on-failure",
    actionTimeout: 20_000,
    launchOptions: chromium(),
  },
});
