import { chromium } from "@playwright/test";
import { removeDataDir, startApp } from "../e2e/app.ts";
import { firstLoadBytes } from "../e2e/first-load.ts";
import { LAUNCH } from "../playwright.config.ts";
import type { BenchResult } from "./report.ts";

const PAGES = [
  "/sign-in",
  "/",
  "/data/pipelines",
  "/data/runs",
  "/data/tables",
  "/audit",
  "/settings",
  "/docs/api",
];
const LIMIT_KB = 250;

/** Compressed JavaScript of each page's first load, against the limit. */
export default async function firstLoad(): Promise<BenchResult> {
  const app = await startApp();
  const browser = await chromium.launch(LAUNCH);
  try {
    const page = await browser.newPage({ baseURL: app.url });
    await page.goto(app.signInUrl);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
    const rows: (string | number)[][] = [];
    for (const at of PAGES) {
      const kilobytes = (await firstLoadBytes(page, at)) / 1000;
      rows.push([at, Math.round(kilobytes), `${Math.round((kilobytes / LIMIT_KB) * 100)} %`]);
    }
    return {
      about: `JavaScript that a page's HTML asks for, gzip, in kB; the limit is ${LIMIT_KB} kB.`,
      columns: ["page", "kB", "of the limit"],
      rows,
    };
  } finally {
    await browser.close();
    await app.stop();
    removeDataDir(app.dataDir);
  }
}
