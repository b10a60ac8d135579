import { expect, test } from "./fixtures.ts";

test("the list of lights is searched and filtered, and the address says how", async ({ page }) => {
  await page.goto("/lights");
  const table = page.getByRole("table", { name: "Lights", exact: true });
  await page.getByLabel("Search lights").fill("harbour-03");
  await expect(page).toHaveURL(/q=harbour-03/);
  await expect(table).toHaveAttribute("aria-rowcount", "2");
  await expect(page.getByText("1 light matches the filters")).toBeVisible();
  await expect(table.getByRole("link", { name: /harbour.03/i })).toBeVisible();
  await page.getByRole("button", { name: "Clear search" }).click();

  await page.getByRole("search", { name: "Filter lights" }).getByRole("button", { name: "Model", exact: true }).click();
  await page.getByRole("checkbox", { name: /Mill/ }).click();
  await page.keyboard.press("Escape");
  await expect(page).toHaveURL(/model=Mill/);
  await expect(table).toHaveAttribute("aria-rowcount", "7");

  // Whoever gets the address sees the same lights.
  await page.reload();
  await expect(table).toHaveAttribute("aria-rowcount", "7");
});

test("a light is read, written, executed and observed by hand", async ({ page, fleet }) => {
  await page.goto("/lights?q=market-01");
  await page
    .getByRole("table", { name: "Lights", exact: true })
    .getByRole("link", { name: /market.01/i })
    .click();
  await expect(page).toHaveTitle(/market.01 · Lamplighter/i);
  await page.getByRole("tab", { name: "Objects" }).click();

  // What one path brought names that path, and goes when the next is none.
  await page.getByLabel("Path", { exact: true }).fill("/3/0/0");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByText(/^Read \/3\/0\/0 succeeded in/)).toBeVisible();
  await page.getByLabel("Path", { exact: true }).fill("no path");
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByText("A path looks like /3, /3/0 or /3/0/3.")).toBeVisible();
  await expect(page.getByText(/^Read \/3\/0\/0 succeeded in/)).toHaveCount(0);

  // What cannot be taken back is asked for first, and is not done when it was not meant.
  await page.getByLabel("Path", { exact: true }).fill("/3/0/4");
  await page.getByRole("combobox", { name: "Operation" }).click();
  await page.getByRole("option", { name: "Execute", exact: true }).click();
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await expect(page.getByRole("alertdialog")).toContainText("Execute /3/0/4?");
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByRole("alertdialog")).toHaveCount(0);
  await expect(page.getByText(/^Execute \/3\/0\/4/)).toHaveCount(0);

  const manufacturer = page.getByRole("row").filter({ hasText: "/3/0/0" });
  await manufacturer.getByRole("button", { name: /^Read \/3\/0\/0 / }).click();
  await expect(manufacturer).toContainText("Read succeeded");
  await expect(manufacturer).toContainText("Lumen Works");

  const command = page.getByRole("row").filter({ hasText: "/3416/0/1" }).first();
  await command.getByRole("button", { name: /^Observe \/3416\/0\/1 / }).click();
  await expect(command).toContainText("observed");
  await command.getByRole("button", { name: /^Write \/3416\/0\/1 / }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(/^Value/).fill("40");
  await dialog.getByRole("button", { name: "Write" }).click();
  await expect(dialog).toBeHidden();
  await expect(command).toContainText("40");

  const light = fleet.lights.find(({ identity }) => identity.endpoint === "market-01");
  const rebootsBefore = light?.counters.reboots ?? 0;
  await page.getByRole("button", { name: /^Execute \/3\/0\/4 / }).click();
  await expect(page.getByRole("dialog")).toContainText("It cannot be taken back");
  await page.getByRole("dialog").getByRole("button", { name: "Execute" }).click();
  // Asked of the light itself: what a screen says of an execute is only what was answered.
  await expect.poll(() => light?.counters.reboots).toBe(rebootsBefore + 1);
});

test("an import with an error names its line and stores nothing; mended, it is stored", async ({ page }) => {
  const csv = (latitude: string) => ({
    name: "lights.csv",
    mimeType: "text/csv",
    buffer: Buffer.from(
      `endpoint,name,latitude,longitude,street\nimport-1,First,52.5,4.0,Import Street\nimport-2,Second,${latitude},4.0,Import Street\n`,
    ),
  });
  await page.goto("/lights/import");
  await page.getByLabel("CSV file").setInputFiles(csv("91.5"));
  await expect(page.getByRole("heading", { name: "lights.csv has errors" })).toBeVisible();
  const wrong = page.getByRole("table", { name: "Errors" }).getByRole("row").nth(1);
  await expect(wrong).toContainText("3");
  await expect(wrong).toContainText("latitude");
  await expect(page.getByRole("button", { name: /^Import / })).toHaveAttribute("title", /Mend the errors first/);

  await page.getByRole("button", { name: "Choose another file" }).click();
  await page.getByLabel("CSV file").setInputFiles(csv("52.6"));
  await expect(page.getByRole("heading", { name: "lights.csv can be imported" })).toBeVisible();
  await expect(page.getByRole("table", { name: "First lines" }).getByRole("row").nth(2)).toContainText("52.6");
  await page.getByRole("button", { name: "Import 2 lights" }).click();
  await expect(page.getByRole("heading", { name: "lights.csv was imported" })).toBeVisible();
  await page.goto("/lights?q=Import+Street");
  await expect(page.getByRole("table", { name: "Lights", exact: true })).toHaveAttribute("aria-rowcount", "3");
});

test("all lights that match are removed behind one question, more than a page of them", async ({ page }) => {
  const rows = Array.from({ length: 130 }, (_, number) => `gone-${number},Gone ${number},Removal Street`);
  const table = ["endpoint,name,street", ...rows, ""].join("\n");
  await page.goto("/lights/import");
  await page
    .getByLabel("CSV file")
    .setInputFiles({ name: "many.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
  await page.getByRole("button", { name: "Import 130 lights" }).click();
  await expect(page.getByRole("heading", { name: "many.csv was imported" })).toBeVisible();
  await page.goto("/lights?q=Removal+Street");
  await page.getByRole("table", { name: "Lights", exact: true }).getByRole("checkbox").first().click();
  await page.getByRole("button", { name: "Choose all 130" }).click();
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove 130 lights" }).click();
  await expect(page.getByText("130 lights removed.")).toBeVisible();
  await expect(page.getByText("0 lights match the filters")).toBeVisible();
});
