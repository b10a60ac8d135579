import { test as plain } from "@playwright/test";
import { administrator } from "./administrator.ts";
import { expect, test } from "./fixtures.ts";
import { type Server, startServer } from "./server-process.ts";

test.describe("signed out", () => {
  test.use({ storageState: { cookies: [], origins: [] } });

  test("every page asks to sign in, and goes where one wanted to go afterwards", async ({ page, sessionCookies }) => {
    expect(sessionCookies.length).toBeGreaterThan(0);
    await page.goto("/campaigns");
    await expect(page).toHaveURL(/\/sign-in/);
    await page.getByLabel("E-mail").fill(administrator.email);
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("alert").filter({ hasText: "do not belong together" })).toBeVisible();
    await page.getByLabel("Password").fill(administrator.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Campaigns" })).toBeVisible();
  });

  test("who signs out in one tab is asked to sign in by every other", async ({ page, context }) => {
    await page.goto("/campaigns");
    await page.getByLabel("E-mail").fill(administrator.email);
    await page.getByLabel("Password").fill(administrator.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Campaigns" })).toBeVisible();
    const other = await context.newPage();
    await other.goto("/groups");
    await expect(other.getByRole("heading", { level: 1, name: "Groups" })).toBeVisible();
    await page.getByRole("button", { name: /^Account/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await expect(other).toHaveURL(/\/sign-in/);
  });

  test("the API answers nobody who is not signed in", async ({ request, server }) => {
    const answer = await request.get(`${server.url}/api/trpc/campaign.list`);
    expect(answer.status()).toBe(401);
    const upload = await request.post(`${server.url}/api/firmware?name=x&version=1.0.0&fileName=x`, { data: "x" });
    expect([401, 403]).toContain(upload.status());
  });
});

plain("the first administrator makes an account by the one-time link, which then is used up", async ({ browser }) => {
  let server: Server | undefined;
  try {
    server = await startServer();
    const link = server.welcomeLink ?? "";
    const page = await browser.newPage();
    await page.goto(link);
    // Looked at twice and not spent.
    await expect(page.getByLabel("Name")).toBeVisible();
    await page.reload();
    await page.getByLabel("Name").fill("Grace");
    await page.getByLabel("E-mail").fill("grace@example.org");
    await page.getByLabel("Password", { exact: true }).fill("correct horse battery");
    await page.getByLabel("Password again").fill("correct horse battery");
    await page.getByRole("button", { name: "Create account" }).click();
    await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();

    const stranger = await browser.newPage();
    await stranger.goto(link);
    await expect(stranger.getByRole("alert").filter({ hasText: "used already" })).toBeVisible();
    await expect(stranger.getByRole("button", { name: "Create account" })).toHaveCount(0);
  } finally {
    await server?.stop();
  }
});
