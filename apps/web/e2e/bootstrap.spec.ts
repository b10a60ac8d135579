import { expect, markPage, test } from "./fixtures.ts";
import { switchOnWithoutAccount } from "./lights.ts";

test("a light without an account is refused, then configured, seen step by step, and sent for new accounts by hand", async ({
  page,
  server,
}) => {
  await page.goto("/bootstrap");
  await expect(page.getByText("No bootstrap configuration yet")).toBeVisible();
  await page.getByRole("tab", { name: "History" }).click();
  await expect(page.getByText("No bootstrap yet")).toBeVisible();
  const expectNoReload = await markPage(page);
  const stranger = await switchOnWithoutAccount(server.bootstrapPort, "bridge-stranger");
  const records = page.getByRole("list", { name: "Bootstraps" }).getByRole("listitem");
  await expect(records.filter({ hasText: "bridge-stranger" }).first()).toContainText("Refused");
  await expectNoReload();
  await stranger.stop();

  await page.getByRole("button", { name: "New configuration" }).click();
  const address = page.getByLabel("Address", { exact: true });
  const ours = await address.inputValue();
  expect(ours).toContain(String(server.coapPort));
  await address.fill("http://somewhere");
  await page.getByRole("button", { name: "Create configuration" }).click();
  await expect(page.getByText("Give the configuration a name.")).toBeVisible();
  await expect(page.getByText("is not an address like coap://")).toBeVisible();
  await address.fill(ours);
  await page.getByLabel("Name", { exact: true }).fill("Everybody at the bridge");
  await page.getByRole("button", { name: "Create configuration" }).click();
  const table = page.getByRole("table", { name: "Bootstrap configurations" });
  await expect(table.getByRole("row").filter({ hasText: "Everybody at the bridge" })).toContainText(
    "Every other light",
  );

  const fleet = await switchOnWithoutAccount(server.bootstrapPort, "bridge-1");
  await page.getByRole("tab", { name: "History" }).click();
  const record = records.filter({ hasText: "bridge-1" }).first();
  await expect(record).toContainText("Finished");
  await record.locator("summary").click();
  const steps = record.getByRole("table");
  await expect(steps.getByRole("row").filter({ hasText: "Write /0/1" })).toContainText("2.04");
  await expect(steps).toContainText("Its bootstrap account is /0/0.");
  await expect(steps).toContainText("It holds what was written.");
  await expect.poll(() => fleet.lights[0]?.phase).toBe("registered");

  await page.goto("/lights?q=bridge-1");
  await page.getByRole("table", { name: "Lights", exact: true }).getByRole("link", { name: "bridge-1" }).click();
  await page.getByRole("tab", { name: "Bootstrap" }).click();
  await expect(records).toHaveCount(1);
  await page.getByRole("button", { name: "Bootstrap", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Bootstrap now" }).click();
  await expect(page.getByText("The light was told.")).toBeVisible();
  await expect(records).toHaveCount(2);
  await expect.poll(() => fleet.lights[0]?.counters.registrations).toBe(2);

  await fleet.stop();
  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove light" }).click();
  await expect(page).toHaveURL(/\/lights$/);
});

test("a configuration is changed, exported and removed", async ({ page }) => {
  await page.goto("/bootstrap/new");
  await page.getByLabel("Name", { exact: true }).fill("One light");
  await page.getByRole("radio", { name: "One light" }).click();
  await page.getByLabel("Endpoint name").fill("bridge-2");
  await page.getByRole("button", { name: "Create configuration" }).click();
  await page.getByRole("link", { name: "One light" }).click();

  await page.getByLabel("Registration lifetime").fill("600");
  await page.getByRole("button", { name: "Save changes" }).click();
  await expect(page.getByText("“One light” was saved.")).toBeVisible();
  await page.reload();
  await expect(page.getByLabel("Registration lifetime")).toHaveValue("600");

  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Export" }).click();
  await page.getByRole("menuitem", { name: "For the factory: all accounts (JSON)" }).click();
  expect((await download).suggestedFilename()).toBe("one-light.provisioning.json");

  await page.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove configuration" }).click();
  await expect(page).toHaveURL(/\/bootstrap$/);
  await expect(page.getByRole("link", { name: "One light" })).toHaveCount(0);
});
