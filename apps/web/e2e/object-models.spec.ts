import { expect, test } from "./fixtures.ts";

const ddf = (id: number, version: string, type = "Integer") =>
  `<LWM2M><Object><Name>Bench</Name><ObjectID>${id}</ObjectID><ObjectVersion>${version}</ObjectVersion>
<MultipleInstances>Single</MultipleInstances><Mandatory>Optional</Mandatory><Resources>
<Item ID="7"><Name>Seat height</Name><Operations>RW</Operations><MultipleInstances>Single</MultipleInstances>
<Mandatory>Optional</Mandatory><Type>${type}</Type><RangeEnumeration>0..99</RangeEnumeration><Units>cm</Units></Item>
</Resources></Object></LWM2M>`;
const xml = (name: string, text: string) => ({ name, mimeType: "text/xml", buffer: Buffer.from(text) });

test("definition files are uploaded with a word about each, looked at, and removed", async ({ page }) => {
  await page.goto("/object-models");
  await page.getByRole("button", { name: "Upload definitions" }).click();
  await page
    .getByLabel("Object definition files")
    .setInputFiles([
      xml("bench.xml", ddf(33_000, "1.0")),
      xml("wrong.xml", ddf(33_001, "1.0", "Colour")),
      xml("evil.xml", `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>${ddf(33_002, "1.0")}`),
      xml("large.xml", "x".repeat(1_100_000)),
    ]);
  const files = page.getByRole("list", { name: "Files" }).getByRole("listitem");
  await expect(files).toHaveCount(4);
  await expect(files.nth(0)).toContainText("33000 Bench 1.0: added, 1 resource");
  await expect(files.nth(1)).toContainText('Line 4: Resource 7 has the type "Colour"');
  await expect(files.nth(2)).toContainText("Line 1: Document types and entities");
  await expect(files.nth(3)).toContainText("Split it");
  await page.keyboard.press("Escape");

  await page.getByLabel("Search object models").fill("bench");
  await expect(page.getByRole("table", { name: "Object models" })).toHaveAttribute("aria-rowcount", "2");
  await page.getByRole("link", { name: "Bench" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "33000 Bench" })).toBeVisible();
  const resource = page.getByRole("row").filter({ hasText: "Seat height" });
  for (const word of ["read, write", "integer", "0..99", "cm"]) await expect(resource).toContainText(word);

  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove definition" }).click();
  await expect(page.getByRole("table", { name: "Object models" })).toBeVisible();
  await page.getByLabel("Search object models").fill("bench");
  await expect(page.getByText("No object model matches")).toBeVisible();

  // What lights use, and what comes with the program, is not removed; the button says why.
  await page.goto("/object-models/5/1.1");
  await expect(page.getByRole("button", { name: "Remove" })).toHaveAttribute("title", /comes with the program/);
});
