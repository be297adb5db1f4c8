import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "./fixtures.ts";

test.use({ timezoneId: "Europe/Berlin" });

const DAYS = ["2026-03-28", "2026-03-29", "2026-03-30"];

test("runs for nights that have passed, with progress, and cancelled half way", async ({
  app,
  page,
  complaints,
}) => {
  const folder = path.join(app.files, "backfill");
  mkdirSync(folder, { recursive: true });
  for (const day of DAYS) writeFileSync(path.join(folder, `sales_${day}.csv`), `day\n${day}\n`);
  const pattern = { type: "date_template", value: "sales_{YYYY-MM-DD}.csv", timezone: "Europe/Berlin" };
  const made = await app.api("/api/v1/pipelines", {
    method: "POST",
    body: JSON.stringify({
      irVersion: "1.0",
      ir: {
        kind: "pipeline",
        version: "1.0",
        id: "nightly-sales",
        metadata: { name: "Nightly sales" },
        schedule: { kind: "rrule", rrule: "FREQ=DAILY;BYHOUR=2;BYMINUTE=30", timezone: "Europe/Berlin" },
        nodes: [
          { id: "src", kind: "source", connector: "local_fs", config: { path: folder, pattern } },
          { id: "load", kind: "target", input: "src", schema: "shop.sales", loadMode: "append" },
        ],
      },
    }),
  });
  expect(made.status, await made.clone().text()).toBe(201);
  const start = page.getByRole("button", { name: "Start the backfill" });
  const earlier = page.getByRole("list", { name: "Earlier backfills" });

  await test.step("each night gets its run, and its file", async () => {
    await page.goto("/data/pipelines/nightly-sales?tab=schedule");
    await page.getByLabel("From (Europe/Berlin)").fill("2026-03-28T00:00");
    await page.getByLabel("To, included").fill("2026-03-30T23:00");
    await start.click();
    await expect(earlier.getByText(/^3 runs, .*: 3 done/)).toBeVisible({ timeout: 45_000 });
    await page.goto("/data/tables/shop.sales");
    for (const day of DAYS) await expect(page.getByRole("cell", { name: day }).first()).toBeVisible();
    await expect(page.getByRole("row")).toHaveCount(DAYS.length + 1);
  });

  await test.step("a run tells what time it stands for", async () => {
    await page.goto("/data/pipelines/nightly-sales?tab=runs");
    await page.getByRole("row").nth(1).getByRole("link").first().click();
    await expect(page.getByText("by a backfill")).toBeVisible();
    await expect(
      page.getByText("For 30 March 2026 at 02:30:00 CEST").or(page.getByText(/For 30 Mar 2026/)),
    ).toBeVisible();
  });

  await test.step("what is left gets no run once it is cancelled", async () => {
    await page.goto("/data/pipelines/nightly-sales?tab=schedule");
    await page.getByLabel("From (Europe/Berlin)").fill("2026-03-30T04:00");
    await page.getByLabel("To, included").fill("2026-03-30T20:00");
    await page.getByLabel("Times", { exact: true }).selectOption({ label: "Every 15 minutes" });
    await start.click();
    await expect(page.getByText(/^[1-9]\d* done, \d+ left of 65$/)).toBeVisible({ timeout: 45_000 });
    await expect(page.getByText(/is under way/).first()).toBeVisible();
    await page.getByRole("button", { name: "Cancel the backfill" }).click();
    await expect(earlier.getByText(/^65 runs, .*: cancelled after \d+ of 65 runs/)).toBeVisible();
    await expect(start).toBeVisible();
  });
  expect(complaints).toEqual([]);
});
