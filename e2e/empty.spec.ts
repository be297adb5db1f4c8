import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import type { BrowserContext, Page } from "@playwright/test";
import { type App, removeDataDir, startApp } from "./app.ts";
import { expect, signIn, test } from "./fixtures.ts";

const run = promisify(execFile);

test.describe("an installation in which nothing was done", () => {
  // An application of its own: the one that tests share is used.
  let app: App;
  let context: BrowserContext;
  let page: Page;

  test.beforeAll(async ({ browser }) => {
    test.setTimeout(120_000);
    app = await startApp();
    context = await browser.newContext({ baseURL: app.url });
    page = await context.newPage();
    await signIn(page, app);
  });
  test.afterAll(async () => {
    await context?.close();
    await app?.stop();
    if (app) removeDataDir(app.dataDir);
  });

  test("says how to begin with sources", async () => {
    await page.goto("/data/sources");
    await expect(page.getByText("Start here")).toBeVisible();
    await page.getByRole("link", { name: "New source" }).click();
    await expect(page.getByRole("textbox", { name: "Message to the set-up agent" })).toBeVisible();
  });

  test("shows a command that sends the first event as it is", async () => {
    await page.goto("/memory");
    await expect(page.getByRole("heading", { name: "Nothing is remembered yet" })).toBeVisible();
    const command = (await page.locator("pre").textContent()) ?? "";
    expect(command).toContain(`${app.url}/v1/ingest/events`);
    const key = readFileSync(path.join(app.dataDir, "dev-key"), "utf8").trim();
    const { stdout } = await run("bash", ["-euc", command.replace("paste an API key here", key)]);
    expect(JSON.parse(stdout)).toMatchObject({ status: "accepted", memory_id: "mem_evt_first" });
    await expect(page.getByRole("link", { name: /Orders that arrive after midnight/ })).toBeVisible();
  });
});
