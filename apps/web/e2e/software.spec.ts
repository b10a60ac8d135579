import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "./accessible.ts";
import { expect, markPage, test } from "./fixtures.ts";
import { uploadFirmware } from "./steps.ts";

async function openSoftware(page: Page, light: string): Promise<Locator> {
  await page.goto(`/lights?q=${light}`);
  await page.getByRole("table", { name: "Lights", exact: true }).getByRole("link", { name: light }).click();
  await page.getByRole("tab", { name: "Software" }).click();
  return page.getByRole("list", { name: "Software of this light" });
}

const piece = (list: Locator, name: string) => list.getByRole("listitem").filter({ hasText: name });

async function askInstall(page: Page, name: string, { way = "Send it", waits = false } = {}) {
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("radio", { name }).click();
  await dialog.getByRole("radio", { name: way }).click();
  if (waits) await dialog.getByRole("checkbox", { name: /as soon as it is delivered/ }).click();
  await dialog.getByRole("button", { name: waits ? "Deliver" : "Install", exact: true }).click();
  await expect(dialog).toBeHidden();
}

test("a driver is updated, told when to install, deactivated and uninstalled, and every change is kept", async ({
  page,
  fleet,
}) => {
  await uploadFirmware(page, "Canal driver", "2.4.0", { kind: "Software", kilobytes: 64 });
  await expect(page.getByText("Software tab of a light")).toBeVisible();
  const list = await openSoftware(page, "canal-01");
  const driver = piece(list, "Luminaire driver");
  await expect(driver).toContainText("1.0.0");
  await expect(driver).toContainText("active");
  await expect(piece(list, "Radio module")).toContainText("3.2.1");
  const expectNoReload = await markPage(page);

  await driver.getByRole("button", { name: "Install a package on Luminaire driver" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Install", exact: true }).click();
  await expect(page.getByRole("dialog")).toContainText("Choose a package.");
  await expectAccessible(page);
  await askInstall(page, "Canal driver 2.4.0", { waits: true });
  const underWay = page.getByRole("region", { name: "Software change under way" });
  await expect(underWay).toContainText("Install Canal driver 2.4.0 on Luminaire driver");
  await expect(underWay).toContainText("Delivered");
  await expect(driver).toContainText("1.0.0");
  for (const colorScheme of ["dark", "light"] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page);
  }
  await underWay.getByRole("button", { name: "Install now" }).click();
  await expect(driver).toContainText("2.4.0");
  await expect(driver).toContainText("active");
  await expect(underWay).toBeHidden();
  const ended = page.getByRole("list", { name: "Ended software changes" }).getByRole("listitem");
  await expect(ended.first()).toContainText("Done");

  await driver.getByRole("button", { name: "Deactivate Luminaire driver" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Deactivate" }).click();
  await expect(driver).toContainText("not active");
  await expect(ended).toHaveCount(2);
  await driver.getByRole("button", { name: "Activate Luminaire driver" }).click();
  await expect(driver).not.toContainText("not active");
  await expect(ended).toHaveCount(3);

  await driver.getByRole("button", { name: "Uninstall Luminaire driver" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("Version 2.4.0 is removed");
  await page.getByRole("alertdialog").getByRole("button", { name: "Uninstall" }).click();
  await expect(driver).toContainText("Initial");
  await expect(ended).toHaveCount(4);
  await expectNoReload();
  // Asked of the light itself: what a screen says is only what was read.
  const light = fleet.lights.find(({ identity }) => identity.endpoint === "canal-01");
  expect(light?.software.shown[0]).toMatchObject({ state: 0, version: "" });
});

test("a radio image that the light finds damaged fails with a sentence, and a good one is fetched by the light", async ({
  page,
  fleet,
}) => {
  await uploadFirmware(page, "Canal radio", "4.0.0", { kind: "Software", kilobytes: 32 });
  const light = fleet.lights.find(({ identity }) => identity.endpoint === "canal-02");
  if (!light) throw new Error("there is no such light");
  light.software.fault = "integrity";
  const list = await openSoftware(page, "canal-02");
  const radio = piece(list, "Radio module");
  await radio.getByRole("button", { name: "Install a package on Radio module" }).click();
  await askInstall(page, "Canal radio 4.0.0");
  const ended = page.getByRole("list", { name: "Ended software changes" }).getByRole("listitem");
  await expect(ended.first()).toContainText("Failed");
  await expect(ended.first()).toContainText("did not pass the light's integrity check");
  await expect(radio).toContainText("did not pass the light's integrity check");

  light.software.fault = "power-cut";
  await radio.getByRole("button", { name: "Install a package on Radio module" }).click();
  await askInstall(page, "Canal radio 4.0.0", { way: "Let it fetch" });
  await expect(ended.first()).toContainText("Done", { timeout: 90_000 });
  await expect(radio).toContainText("4.0.0");
  await expect.poll(() => light.software.shown[1]).toMatchObject({ state: 4, version: "4.0.0", isActive: true });
  expect(light.counters.reboots).toBe(1);
});

test("a light without object 9 says so instead of an empty list", async ({ page }) => {
  await page.goto("/lights?q=market-01");
  await page.getByRole("table", { name: "Lights", exact: true }).getByRole("link", { name: "market-01" }).click();
  await page.getByRole("tab", { name: "Software" }).click();
  await expect(page.getByText("This light has no software of its own to manage")).toBeVisible();
});
