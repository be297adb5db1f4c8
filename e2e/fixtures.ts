import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { type App, removeDataDir, startApp } from "./app.ts";

export { expect } from "@playwright/test";

type StorageState = Awaited<ReturnType<BrowserContext["storageState"]>>;

/** What a test may write beside its page: what the browser complained about since it was opened. */
type TestFixtures = { complaints: string[] };
type WorkerFixtures = { app: App; session: StorageState };

/** Every test gets a page of a signed-in administrator, on an application that the tests of one worker share. */
export const test = base.extend<TestFixtures, WorkerFixtures>({
  app: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures a function needs from its pattern.
    async ({}, use) => {
      const app = await startApp();
      await use(app);
      const code = await app.stop();
      removeDataDir(app.dataDir);
      expect(code, app.log()).toBe(0);
    },
    { scope: "worker", timeout: 90_000 },
  ],
  session: [
    async ({ app, browser }, use) => {
      const context = await browser.newContext();
      const page = await context.newPage();
      await signIn(page, app);
      const state = await context.storageState();
      // A page left open would go on asking the server.
      await context.close();
      await use(state);
    },
    { scope: "worker" },
  ],
  baseURL: async ({ app }, use) => use(app.url),
  storageState: async ({ session }, use) => use(session),
  complaints: async ({ page }, use) => {
    const complaints: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type()))
        complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("pageerror", (error) => complaints.push(`page error: ${error.message}`));
    page.on("response", (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
    });
    await use(complaints);
  },
});

/** Opens the link that the server printed, uses it up, and waits for the overview. */
export async function signIn(page: Page, app: App): Promise<void> {
  await page.goto(app.signInUrl);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}
