import type { Page } from "@playwright/test";
import { expectAccessible } from "./accessible.ts";
import { expect, test } from "./fixtures.ts";
import { makeGroup, uploadFirmware } from "./steps.ts";

/** Every main screen: how to get there, and its heading, which tells that it is there. */
const screens: readonly { readonly path: string; readonly heading: string }[] = [
  { path: "/", heading: "Overview" },
  { path: "/map", heading: "Map" },
  { path: "/lights", heading: "Lights" },
  { path: "/lights/import", heading: "Import lights" },
  { path: "/groups", heading: "Groups" },
  { path: "/groups/new", heading: "New group" },
  { path: "/firmware", heading: "Firmware" },
  { path: "/firmware/upload", heading: "Upload firmware" },
  { path: "/campaigns?state=all", heading: "Campaigns" },
  { path: "/campaigns/new", heading: "New campaign" },
  { path: "/bootstrap", heading: "Bootstrap" },
  { path: "/bootstrap?tab=history", heading: "Bootstrap" },
  { path: "/bootstrap/new", heading: "New bootstrap configuration" },
  { path: "/object-models", heading: "Object models" },
  { path: "/settings", heading: "Settings" },
];

async function open(page: Page, { path, heading }: { path: string; heading: string }) {
  await page.goto(path);
  await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
  // Skeletons are gone: what is judged is the screen and not its waiting.
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
}

/** The first light's page, the first group's and so on: screens that are about one thing. */
async function openOne(page: Page, list: string, table: string) {
  await page.goto(list);
  const link = page.getByRole("table", { name: table }).getByRole("link").first();
  await link.click();
  await expect(page.getByRole("navigation", { name: "Breadcrumb" })).toBeVisible();
  await expect(page.getByRole("status", { name: /^Loading/ })).toHaveCount(0);
}

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`${colorScheme} theme`, () => {
    test.use({ colorScheme });
    for (const screen of screens) {
      test(`${screen.path} has no serious accessibility problem`, async ({ page }) => {
        await open(page, screen);
        await expectAccessible(page);
      });
    }

    test("a light's page has no serious accessibility problem", async ({ page }) => {
      await openOne(page, "/lights", "Lights");
      await expectAccessible(page);
    });

    test("the wizard's steps and a campaign's page have no serious accessibility problem", async ({ page }) => {
      const campaign = await draftCampaign(page, `Looked at in ${colorScheme}`, expectAccessible);
      await page.goto(campaign);
      await expect(page.getByRole("table", { name: "Lights of the campaign" })).toBeVisible();
      await expectAccessible(page);
      await openOne(page, "/firmware", "Firmware");
      await expectAccessible(page);
      await openOne(page, "/groups", "Groups");
      await expectAccessible(page);
    });
  });
}

test.describe("a telephone, 390 pixels wide", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });
  for (const screen of screens) {
    test(`${screen.path} does not scroll sideways`, async ({ page }) => {
      await open(page, screen);
      await expectNoSidewaysScroll(page);
    });
  }

  test("a light, a group, a firmware and a campaign do not scroll sideways", async ({ page }) => {
    const campaign = await draftCampaign(page, "Looked at on a telephone", expectNoSidewaysScroll);
    await page.goto(campaign);
    await expect(page.getByRole("table", { name: "Lights of the campaign" })).toBeVisible();
    await expectNoSidewaysScroll(page);
    await openOne(page, "/lights", "Lights");
    await expectNoSidewaysScroll(page);
    await openOne(page, "/groups", "Groups");
    await expectNoSidewaysScroll(page);
    await openOne(page, "/firmware", "Firmware");
    await expectNoSidewaysScroll(page);
  });
});

async function expectNoSidewaysScroll(page: Page) {
  const wide = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll("main")]
      .filter((element) => element.scrollWidth > element.clientWidth)
      .map((element) => `${element.tagName}: ${element.scrollWidth} > ${element.clientWidth}`),
  );
  expect(wide).toEqual([]);
}

/** Writes a draft by the wizard and looks at each of its steps on the way. Returns the campaign's address. */
async function draftCampaign(page: Page, name: string, look: (page: Page) => Promise<void>): Promise<string> {
  const version = `9.${name.length}.${page.viewportSize()?.width ?? 0}`;
  await makeGroup(page, `Group: ${name}`, { model: "Market", lights: 2 });
  await look(page);
  await uploadFirmware(page, name, version, { models: "Market" });
  await look(page);
  await page.getByRole("button", { name: "Start campaign" }).click();
  await expect(page.getByRole("radio", { name: `${name} ${version}` })).toBeChecked();
  for (const [choice, next] of [
    [undefined, "Which lights shall be updated?"],
    ["By query", "In which waves?"],
    ["Canary", "When shall it begin?"],
    ["When I press start", undefined],
  ] as const) {
    if (choice) await page.getByRole("radio", { name: choice }).click();
    await look(page);
    await page.getByRole("button", { name: "Next" }).click();
    if (next) await expect(page.getByRole("heading", { name: next })).toBeVisible();
  }
  await page.getByLabel("Name of the campaign").fill(name);
  await expect(page.getByTestId("confirming-sentence")).toBeVisible();
  await look(page);
  await page.getByRole("button", { name: "Write as draft" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  return page.url();
}
