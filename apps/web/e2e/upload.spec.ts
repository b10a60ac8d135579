import { expect, image, test } from "./fixtures.ts";

test("a file that is no image, and a version that contradicts the header, are warned of before a byte is sent", async ({
  page,
}) => {
  await page.goto("/firmware/upload");
  const file = page.getByLabel("Firmware image file");
  const picture = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]);
  await file.setInputFiles({ name: "lamp.png", mimeType: "image/png", buffer: picture });
  await expect(page.getByText("This is a PNG picture and no firmware image.")).toBeVisible();
  await file.setInputFiles({ name: "other.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(64, 7) });
  await expect(page.getByText("No image header was recognised.")).toBeVisible();

  await file.setInputFiles(image("7.0.0"));
  await expect(page.getByText("No image header was recognised.")).toHaveCount(0);
  await page.getByLabel("Name", { exact: true }).fill("Warned of");
  await page.getByLabel("Version").fill("7.0.1");
  const warning = page.getByText("The image's own header says 7.0.0, not 7.0.1.");
  await expect(warning).toBeVisible();
  await page.getByRole("button", { name: "Upload", exact: true }).click();
  await expect(page.getByText("Warned of 7.0.1 is stored.")).toBeVisible();
  await expect(warning).toBeVisible();
  await page.getByRole("button", { name: "Show details" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Warned of 7.0.1" })).toBeVisible();
  await expect(warning).toBeVisible();
});

test("an upload that is left or cancelled ends, and says so", async ({ page }) => {
  const slow = await page.context().newCDPSession(page);
  const conditions = { offline: false, latency: 0, downloadThroughput: -1 };
  const begin = async () => {
    await page.goto("/firmware/upload");
    await page.getByLabel("Firmware image file").setInputFiles(image("7.1.0", 4_000));
    await expect(page.getByLabel("Version")).toHaveValue("7.1.0");
    await slow.send("Network.enable");
    await slow.send("Network.emulateNetworkConditions", { ...conditions, uploadThroughput: 50_000 });
    await page.getByRole("button", { name: "Upload", exact: true }).click();
    await expect(page.getByRole("progressbar", { name: "Upload" })).toBeVisible();
  };
  await begin();
  await page.getByRole("button", { name: "Cancel upload" }).click();
  await expect(page.getByText(/^The upload of .* was cancelled; nothing was stored\.$/)).toBeVisible();
  await slow.send("Network.emulateNetworkConditions", { ...conditions, uploadThroughput: -1 });

  await begin();
  const asked = page.waitForEvent("dialog");
  await page.evaluate(() => setTimeout(() => location.reload()));
  const question = await asked;
  expect(question.type()).toBe("beforeunload");
  await question.dismiss();
  await page.getByRole("navigation").getByRole("link", { name: "Groups" }).click();
  await expect(page.getByText(/was cancelled because you left its page; nothing was stored\.$/)).toBeVisible();
  await slow.send("Network.emulateNetworkConditions", { ...conditions, uploadThroughput: -1 });
  await page.goto("/firmware");
  await expect(page.getByText("7.1.0")).toHaveCount(0);
});
