import { readFile } from "node:fs/promises";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";
import { makeGroup, uploadFirmware, writeCampaign } from "./steps.ts";

/** A button that is off stays focusable and says why. */
async function expectOff(page: Page, name: string, reason: RegExp) {
  const button = page.getByRole("button", { name, exact: true });
  await expect(button).toHaveAttribute("aria-disabled", "true");
  await expect(button).toHaveAttribute("title", reason);
}

test("a campaign is paused, resumed and cancelled, each after saying what will happen", async ({ page }) => {
  await makeGroup(page, "Mill lights", { model: "Mill", lights: 6 });
  await uploadFirmware(page, "Mill firmware", "3.0.0", { models: "Mill", kilobytes: 32 });
  const sentence = await writeCampaign(page, {
    name: "Mill, one by one",
    firmware: "Mill firmware 3.0.0",
    group: "Mill lights",
    pattern: "All at once",
    atATime: 1,
  });
  expect(sentence).toBe("This sends 3.0.0 to 6 of 6 lights in 1 wave; none is skipped.");

  await expectOff(page, "Resume", /running campaign cannot do "resume"; it would have to be paused/);
  await expectOff(page, "Retry failed", /No light has failed or got lost/);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  const asked = page.getByRole("alertdialog");
  await expect(asked).toContainText("Nothing new starts");
  await asked.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("heading", { level: 1 }).locator("..")).toContainText("Paused: by an operator");
  await expectOff(page, "Pause", /it would have to be scheduled or running/);

  await page.getByRole("button", { name: "Resume", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Resume" }).click();
  await expect(page.getByRole("heading", { level: 1 }).locator("..")).toContainText("Running");
  // It truly goes on: at least one light gets there.
  await expect(page.getByTestId("succeeded-percent")).not.toHaveText("0 %", { timeout: 60_000 });

  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await expect(page.getByRole("alertdialog")).toContainText("A cancelled campaign cannot be resumed.");
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel campaign" }).click();
  await expect(page.getByRole("heading", { level: 1 }).locator("..")).toContainText("Cancelled", { timeout: 60_000 });
  await expect(page.getByRole("button", { name: "Cancel", exact: true })).toHaveCount(0);
  const wave = page.getByRole("article", { name: "Wave All lights" });
  await expect(wave).toContainText("It was under way when the campaign was cancelled.");
  await expect(wave).toContainText("Cut off");

  await page.getByRole("tab", { name: "Event log" }).click();
  await expect(page.getByRole("tabpanel")).toContainText(/paused/i);
  await expect(page.getByRole("tabpanel")).toContainText(/resumed/i);
  await expect(page.getByRole("tabpanel").getByRole("link", { name: /mill/i }).first()).toBeVisible();
});

test("a wave that waits for a person goes on when it is promoted, for a reason that is kept", async ({ page }) => {
  await makeGroup(page, "Orchard lights", { model: "Orchard", lights: 4 });
  await uploadFirmware(page, "Orchard firmware", "5.0.0", { models: "Orchard" });
  await page.goto("/campaigns/new");
  await page.getByRole("radio", { name: "Orchard firmware 5.0.0" }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "A group" }).click();
  await page.getByRole("radio", { name: "Orchard lights" }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "Canary" }).click();
  await page.locator("summary").first().click();
  await page
    .getByRole("checkbox", { name: /A person must promote it/ })
    .first()
    .click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "Fetched by the lights" }).click();
  await page.getByRole("radio", { name: "At once" }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Name of the campaign").fill("Orchard in waves");
  await page.getByRole("button", { name: "Write and start" }).click();

  const promote = page.getByRole("button", { name: "Promote", exact: true });
  await expect(promote).toBeVisible({ timeout: 60_000 });
  await expectOff(page, "Resume", /A wave is held: promote it/);
  const waiting = page.getByRole("region", { name: "Waiting lights by reason" });
  await expect(waiting).toContainText("Waits for its wave to begin.");
  await promote.click();
  await expect(page.getByRole("dialog")).toContainText("passed its gate.");
  await page.getByRole("dialog").getByRole("textbox").fill("The first lights burn well.");
  await page.getByRole("button", { name: "Promote wave" }).click();
  await expect(page.getByText("Promoted by a person: The first lights burn well.").first()).toBeVisible();
  await expect(page.getByTestId("succeeded-percent")).toHaveText("100 %", { timeout: 60_000 });
  await page.getByRole("tab", { name: "Plan" }).click();
  await expect(page.getByText("fetched by the lights")).toBeVisible();
});

test("a faulty light's reason is told, and leads to that light and its timeline", async ({ page }) => {
  await makeGroup(page, "Quarry lights", { model: "Quarry", lights: 2 });
  await uploadFirmware(page, "Quarry firmware", "4.0.0", { models: "Quarry" });
  await writeCampaign(page, {
    name: "Quarry to 4.0.0",
    firmware: "Quarry firmware 4.0.0",
    group: "Quarry lights",
    pattern: "All at once",
  });
  const failed = page.getByRole("region", { name: "Failed lights by reason" });
  await expect(failed).toContainText("Integrity check failed", { timeout: 60_000 });
  await failed.getByRole("link").first().click();
  await expect(page).toHaveURL(/failure=integrity/);
  const table = page.getByRole("table", { name: "Lights of the campaign" });
  await expect(table).toHaveAttribute("aria-rowcount", "2");
  await table.getByRole("button", { name: /integrity/i }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet).toContainText("Integrity check failed");
  await expect(sheet.getByRole("region", { name: "Timeline" }).getByRole("listitem").first()).toBeVisible();
  await expect(page).toHaveURL(/failure=integrity.*job=/);

  // The list as a file holds exactly the lights on screen.
  await page.keyboard.press("Escape");
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export CSV" }).click();
  const text = await readFile(await (await download).path(), "utf8");
  expect(text.trim().split("\r\n")).toHaveLength(2);
  expect(text).toContain("integrity");
});
