import { expectAccessible } from "./accessible.ts";
import { expect, test } from "./fixtures.ts";

/** A server takes a light in queue mode for awake until so long after its last word; the test may be the first to run. */
const asleepWithin = 120_000;

test("what is asked of a sleeping light is kept as long as was chosen, sent when it wakes, and can be taken back", async ({
  page,
  fleet,
}) => {
  test.setTimeout(300_000);
  await page.goto("/lights?q=night-01");
  await page
    .getByRole("table", { name: "Lights", exact: true })
    .getByRole("link", { name: /night.01/i })
    .click();
  const queue = page.getByLabel("Queue of this light");
  await expect(queue).toContainText("Sleeping", { timeout: asleepWithin });
  await page.getByRole("tab", { name: "Objects" }).click();
  const note = page.getByRole("note").filter({ hasText: "This light sleeps" });
  const keep = note.getByRole("combobox", { name: "Send when it wakes" });
  await expect(keep).toHaveText("within 7 days");
  await keep.click();
  await expect(page.getByRole("option")).toHaveText(["within 1 hour", "within 1 day", "within 7 days"]);
  await page.getByRole("option", { name: "within 1 hour" }).click();
  await expect(keep).toHaveText("within 1 hour");
  await expectAccessible(page);

  await page.getByRole("button", { name: /^Read \/3\/0\/0 / }).click();
  const waiting = queue.getByRole("listitem").filter({ hasText: "/3/0/0" });
  await expect(waiting).toContainText("waits");
  await expect(queue).toContainText("Sleeping, 1 queued");

  await page.getByRole("button", { name: /^Write \/3416\/0\/1 / }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("combobox", { name: "Send when it wakes" })).toHaveText("within 1 hour");
  await dialog.getByLabel(/^Value/).fill("40");
  await dialog.getByRole("combobox", { name: "Send when it wakes" }).click();
  await page.getByRole("option", { name: "within 1 day" }).click();
  await dialog.getByRole("button", { name: "Send when it wakes" }).click();
  await expect(dialog).toBeHidden();
  await expect(keep).toHaveText("within 1 day");
  const write = queue.getByRole("listitem").filter({ hasText: "/3416/0/1" });
  const until = async (item: typeof write) => /kept until (.*)$/.exec((await item.textContent()) ?? "")?.[1] ?? "";
  await expect(write).toContainText("kept until");
  expect(await until(write)).not.toBe(await until(waiting));
  await write.getByRole("button", { name: /^Take back/ }).click();
  await expect(write).toContainText("taken back");

  const light = fleet.lights.find(({ identity }) => identity.endpoint === "night-01");
  light?.send(["/3/0/3"]);
  await expect(waiting).toContainText("delivered");
  await expect(waiting).toContainText("Lumen Works");
  await expect(queue).toContainText("Awake");
});
