import { expect, markPage, test } from "./fixtures.ts";
import { makeGroup, uploadFirmware } from "./steps.ts";

test("a supervisor groups lights, uploads firmware, runs a campaign and watches it reach 100 % without reloading", async ({
  page,
}) => {
  await makeGroup(page, "Harbour lights", { model: "Harbour", lights: 20 });
  await uploadFirmware(page, "Harbour firmware", "2.1.0", { models: "Harbour" });

  await page.getByRole("button", { name: "Start campaign" }).click();
  // The firmware is chosen already; the next steps are the lights and the waves.
  await expect(page.getByRole("radio", { name: "Harbour firmware 2.1.0" })).toBeChecked();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "A group" }).click();
  await page.getByRole("radio", { name: "Harbour lights" }).click();
  await expect(page.getByLabel("What this campaign would do").getByText("20 lights")).toBeVisible();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "Canary" }).click();
  await expect(page.getByRole("group", { name: "Wave 2" }).getByText("5 lights")).toBeVisible();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByRole("radio", { name: "At once" }).click();
  await page.getByRole("button", { name: "Next" }).click();
  await page.getByLabel("Name of the campaign").fill("Harbour to 2.1.0");

  // A reload in the middle of it loses nothing.
  await expect(page).toHaveURL(/step=review/);
  await page.reload();
  await expect(page.getByLabel("Name of the campaign")).toHaveValue("Harbour to 2.1.0");
  await expect(page.getByTestId("confirming-sentence")).toHaveText(
    "This sends 2.1.0 to 20 of 20 lights in 3 waves; none is skipped.",
  );
  await page.getByRole("button", { name: "Write and start" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Harbour to 2.1.0" })).toBeVisible();

  const wasNotReloaded = await markPage(page);
  const percent = page.getByTestId("succeeded-percent");
  await percent.evaluate((element) => {
    const seen = new Set([element.textContent]);
    (window as unknown as { seen: Set<string | null> }).seen = seen;
    new MutationObserver(() => seen.add(element.textContent)).observe(element, {
      characterData: true,
      childList: true,
      subtree: true,
    });
  });
  await expect(percent).toHaveText("100 %", { timeout: 90_000 });
  await expect(page.getByText("Finished: all 20 lights run 2.1.0.")).toBeVisible();
  await wasNotReloaded();
  const seen = await page.evaluate(() => [...(window as unknown as { seen: Set<string> }).seen]);
  const between = seen.map((text) => Number.parseInt(text, 10)).filter((value) => value > 0 && value < 100);
  expect(between.length, `between 0 and 100 %, of what was seen: ${seen.join(", ")}`).toBeGreaterThan(0);

  // The counter leads to the lights it counts.
  await page.getByRole("link", { name: /^20\s*Succeeded$/ }).click();
  await expect(page).toHaveURL(/states=succeeded/);
  await expect(page.getByRole("table", { name: "Lights of the campaign" })).toHaveAttribute("aria-rowcount", "21");
});
