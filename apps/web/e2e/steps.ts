import type { Page } from "@playwright/test";
import { expect, image } from "./fixtures.ts";

/** What people do on the way to something else, by clicks. Each ends where its name says. */

/** Makes a saved query of all lights of a model; ends on the group's page. */
export async function makeGroup(page: Page, name: string, { model, lights }: { model: string; lights: number }) {
  await page.goto("/groups");
  await page.getByRole("button", { name: "New group" }).first().click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("radio", { name: "Saved query" }).click();
  await page.getByRole("button", { name: "Add condition" }).click();
  await page.getByRole("button", { name: "Values of Model" }).click();
  await page.getByRole("checkbox", { name: model }).click();
  await page.keyboard.press("Escape");
  await expect(page.getByText(`${lights} ${lights === 1 ? "light" : "lights"} match`)).toBeVisible();
  await page.getByRole("button", { name: "Create group" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

/** Uploads an image whose version is read from it; ends where the server's answer is shown. */
export async function uploadFirmware(
  page: Page,
  name: string,
  version: string,
  { kilobytes = 16, models = "", kind = "Firmware" } = {},
) {
  await page.goto("/firmware");
  await page.getByRole("button", { name: "Upload firmware" }).first().click();
  await page.getByRole("radio", { name: kind }).click();
  await page.getByLabel("Firmware image file").setInputFiles(image(version, kilobytes));
  await expect(page.getByLabel("Version")).toHaveValue(version);
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Models").fill(models);
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await expect(page.getByText(`${name} ${version} is stored.`)).toBeVisible();
}

export interface CampaignWish {
  readonly name: string;
  readonly firmware: string;
  readonly group: string;
  readonly pattern: "All at once" | "Canary";
  readonly atATime?: number;
}

/** Writes a campaign in the wizard and starts it; ends on its page. Returns the sentence that was confirmed. */
export async function writeCampaign(page: Page, wish: CampaignWish): Promise<string> {
  await page.goto("/campaigns");
  await page.getByRole("button", { name: "New campaign" }).first().click();
  await page.getByRole("radio", { name: wish.firmware }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "A group" }).click();
  await page.getByRole("radio", { name: wish.group }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: wish.pattern }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "At once" }).click();
  if (wish.atATime) await page.getByLabel("Lights at a time").fill(String(wish.atATime));
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Name of the campaign").fill(wish.name);
  const sentence = (await page.getByTestId("confirming-sentence").textContent()) ?? "";
  await page.getByRole("button", { name: "Write and start" }).click();
  await expect(page.getByRole("heading", { level: 1, name: wish.name })).toBeVisible();
  return sentence;
}
