import { readFileSync } from "node:fs";
import { expect, test } from "./fixtures.ts";

test("what is said with a light is shown as it is said, filtered, paused and exported", async ({ page }) => {
  await page.goto("/lights?q=market-02");
  await page
    .getByRole("table", { name: "Lights", exact: true })
    .getByRole("link", { name: /market.02/i })
    .click();
  await page.getByRole("tab", { name: "Trace" }).click();
  await expect(page.getByText("Listening")).toBeVisible();

  const readManufacturer = async () => {
    await page.getByRole("tab", { name: "Objects" }).click();
    const manufacturer = page.getByRole("row").filter({ hasText: "/3/0/0" });
    await manufacturer.getByRole("button", { name: /^Read \/3\/0\/0 / }).click();
    await expect(manufacturer).toContainText("Read succeeded");
    await page.getByRole("tab", { name: "Trace" }).click();
  };
  await readManufacturer();
  const exchanges = page.getByRole("list", { name: "Exchanges" }).getByRole("listitem");
  const read = exchanges.filter({ hasText: "/3/0/0" });
  await expect(read).toHaveCount(1);
  await expect(read).toContainText("GET");
  await expect(read).toContainText("2.05");
  await read.getByRole("button").click();
  await expect(read.getByRole("region", { name: "Answer" })).toContainText("Lumen Works");

  await page.getByLabel("Search the trace").fill("/5/9");
  await expect(page.getByText("No exchange matches")).toBeVisible();
  await page.getByLabel("Search the trace").fill("/3/0/0 lumen");
  await expect(read).toHaveCount(1);

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "JSON lines" }).click();
  const lines = readFileSync(await (await downloading).path(), "utf8")
    .trimEnd()
    .split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { path: string }).path)).toEqual(["/3/0/0"]);

  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await expect(read).toHaveCount(0);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByRole("button", { name: /^Resume/ })).toBeVisible();
});
