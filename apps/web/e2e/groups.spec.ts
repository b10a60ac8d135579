import { expect, test } from "./fixtures.ts";
import { makeGroup } from "./steps.ts";

test("a group is renamed and deleted, and its lights stay", async ({ page }) => {
  await makeGroup(page, "Market square", { model: "Market", lights: 2 });
  await page.getByRole("button", { name: "Edit" }).click();
  const form = page.getByRole("dialog");
  await form.getByLabel("Name", { exact: true }).fill("Market lane");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Market lane" })).toBeVisible();

  await page.getByRole("button", { name: "Delete" }).click();
  await expect(page.getByRole("alertdialog")).toContainText("Its 2 lights stay in the inventory");
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete group" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Groups" })).toBeVisible();
  await expect(page.getByText("Market lane")).toHaveCount(0);
  await page.goto("/lights?model=Market");
  await expect(page.getByText("2 lights match the filters")).toBeVisible();
});
