import { expectAccessible } from "./accessible.ts";
import { expect, markPage, test } from "./fixtures.ts";
import { switchOnWithKey } from "./lights.ts";

test("a light gets a key that is shown once, comes in over DTLS, and gets another key by hand", async ({
  page,
  server,
}) => {
  await page.goto("/security");
  await expect(page.getByRole("heading", { name: "In the clear: every light without a key" })).toBeVisible();
  await page.getByRole("button", { name: "Give a light a key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Make the key" }).click();
  await expect(dialog.getByText("Give the endpoint name.")).toBeVisible();
  await dialog.getByLabel("Endpoint name").fill("vault-1");
  await dialog.getByRole("button", { name: "Make the key" }).click();
  await expect(dialog.getByText("it is not shown again")).toBeVisible();
  const key = (await dialog.getByText(/^[0-9a-f]{32}$/).textContent()) ?? "";
  // It is shown once: a stroke of Escape does not lose it. Whoever closes it is back where they were.
  await page.keyboard.press("Escape");
  await expect(dialog.getByText(key)).toBeVisible();
  await dialog.getByRole("button", { name: "I have it" }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Give a light a key" })).toBeFocused();

  await page.getByRole("searchbox", { name: "Search lights and identities" }).fill("vault-1");
  const row = page
    .getByRole("table", { name: "Lights and their security" })
    .getByRole("row")
    .filter({ hasText: "vault-1" });
  await expect(row).toContainText("Pre-shared key");
  await expect(row).toContainText("Not registered");
  const expectNoReload = await markPage(page);
  const fleet = await switchOnWithKey(server.coapsPort, "vault-1", key);
  await expect(row).toContainText("Over DTLS");
  await expectNoReload();

  // The overview says how many lights speak unprotected, and leads to them.
  await page.goto("/");
  const glance = page.getByRole("list", { name: "Lights at a glance" });
  await glance.getByRole("link", { name: /^In the clear: [1-9]/ }).click();
  await expect(page).toHaveURL(/security\?registered=clear/);
  await page.goto("/security");
  await page.getByRole("searchbox", { name: "Search lights and identities" }).fill("vault-1");

  await row.getByRole("link", { name: "vault-1" }).click();
  await expect(page.getByText("TLS_PSK_WITH_AES_128_CCM_8").first()).toBeVisible();
  await expect(page.getByText("it stays connected when its address changes")).toBeVisible();
  await expect(page.getByText(key)).toHaveCount(0);
  const credentials = page.getByRole("list", { name: "Credentials" }).getByRole("listitem");
  await expect(credentials).toHaveCount(1);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Replace its key" }).click();
  await dialog.getByRole("radio", { name: "By hand" }).click();
  await dialog.getByRole("button", { name: "Replace the key" }).click();
  await expect(dialog.getByText(/^[0-9a-f]{32}$/)).toBeVisible();
  expect(await dialog.getByText(/^[0-9a-f]{32}$/).textContent()).not.toBe(key);
  await dialog.getByRole("button", { name: "I have it" }).click();
  await expect(credentials).toHaveCount(2);
  await expect(credentials.filter({ hasText: "Waits for its first use" })).toHaveCount(1);

  await page.getByRole("button", { name: "End connection" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "End the connection" }).click();
  await fleet.stop();
});

test("a wrong key is told under the events, and so is an identity that nobody has", async ({ page, server }) => {
  await page.goto("/security");
  await page.getByRole("button", { name: "Give a light a key" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Endpoint name").fill("vault-2");
  await dialog.getByRole("radio", { name: "The name in its certificate" }).click();
  await expect(dialog.getByRole("status")).toContainText("This server trusts no authority yet");
  await dialog.getByRole("radio", { name: "A key that it has" }).click();
  await dialog.getByLabel("Key", { exact: true }).fill("too short");
  await dialog.getByRole("button", { name: "Set", exact: true }).click();
  await expect(dialog.getByRole("alert")).toContainText("key");
  await dialog.getByLabel("Key", { exact: true }).fill("000102030405060708090a0b0c0d0e0f");
  await dialog.getByRole("button", { name: "Set", exact: true }).click();
  await expect(dialog).toBeHidden();

  await page.getByRole("tab", { name: "Events" }).click();
  const wrong = await switchOnWithKey(server.coapsPort, "vault-2", "ff".repeat(16));
  const stranger = await switchOnWithKey(server.coapsPort, "vault-nobody", "ff".repeat(16));
  const events = page.getByRole("list", { name: "Security events" }).getByRole("listitem");
  await expect(events.filter({ hasText: "Wrong key" }).filter({ hasText: "vault-2" }).first()).toBeVisible();
  await expect(
    events.filter({ hasText: "Unknown identity" }).filter({ hasText: "vault-nobody" }).first(),
  ).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: /^Failed handshakes, 24 h: [1-9]/ }).click();
  await expect(page).toHaveURL(/tab=events&kind=failing/);
  await expect(events.filter({ hasText: "Wrong key" }).first()).toBeVisible();
  await expect(events.filter({ hasText: "Unknown identity" })).toHaveCount(0);
  await wrong.stop();
  await stranger.stop();
});

test("keys are imported from a table, after its errors were mended line by line", async ({ page }) => {
  await page.goto("/security/import");
  const choose = (csv: string) =>
    page.getByLabel("CSV file").setInputFiles({ name: "keys.csv", mimeType: "text/csv", buffer: Buffer.from(csv) });
  const head = "endpoint,purpose,mode,identity,key";
  const shared = "abcd".repeat(8);
  await choose(`${head}\nvault-3,server,psk,vault-3,1234\nvault-4,server,psk,vault-4,${shared}\n`);
  await expect(page.getByText("keys.csv has errors")).toBeVisible();
  const errors = page.getByRole("table", { name: "Errors" }).getByRole("row");
  await expect(errors.filter({ hasText: "key" }).filter({ hasText: "16 to 64 bytes" })).toContainText("2");
  await expect(page.getByRole("button", { name: /^Import 1 credential/ })).toHaveAttribute("aria-disabled", "true");
  await page.getByRole("button", { name: "Choose another file" }).click();
  await choose(`${head}\nvault-3,server,psk,vault-3,${shared}\nvault-4,server,psk,vault-4,${shared}\n`);
  const warnings = page.getByRole("table", { name: "Warnings" }).getByRole("row");
  await expect(warnings.filter({ hasText: "the key of vault-3 in line 2 too" })).toContainText("3");
  await page.getByRole("button", { name: "Import 2 credentials" }).click();
  await expect(page.getByText("keys.csv was imported")).toBeVisible();
  await page.getByRole("link", { name: "Go to security" }).click();
  await page.getByRole("searchbox", { name: "Search lights and identities" }).fill("vault-4");
  const table = page.getByRole("table", { name: "Lights and their security" });
  await table.getByRole("link", { name: /vault-4/ }).click();
  await expect(page.getByRole("heading", { name: "vault-4" })).toBeVisible();
  await expect(page.getByText(/^given by /)).toBeVisible();
  await page.getByRole("button", { name: "Take away" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Take it away" }).click();
  await expect(page.getByRole("list", { name: "Credentials" })).toContainText("Retired");
});
