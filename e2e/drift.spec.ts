import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "@playwright/test";
import { violationsOf } from "./accessibility.ts";
import type { App } from "./app.ts";
import { panelOf } from "./assistant.ts";
import { expect, test } from "./fixtures.ts";
import { createPipeline, requestRun } from "./sample.ts";

const RUN = { timeout: 45_000 };

/** A file, and a pipeline of it that has run once. @returns writes the file anew, and asks for another run */
async function orders(app: App, id: string, nodes: (file: string) => Record<string, unknown>[]) {
  const folder = path.join(app.files, id);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "orders.csv");
  const put = (csv: string) => writeFileSync(file, csv);
  put("id,amount\n1,5\n2,6\n");
  const metadata = { name: `Drift ${id}` };
  const pipeline = await createPipeline(app, {
    ...{ kind: "pipeline", version: "1.0", id, metadata },
    nodes: nodes(file),
  });
  await ended(app, await requestRun(app, pipeline), "completed");
  return { put, run: () => requestRun(app, pipeline) };
}

async function ended(app: App, runId: string, status: string): Promise<void> {
  await expect
    .poll(
      async () => ((await (await app.api(`/api/v1/runs/${runId}`)).json()) as { status: string }).status,
      RUN,
    )
    .toBe(status);
}

/** Runs what was applied, by the panel's own button, and waits for its page to say that all is well. */
async function runApplied(page: Page): Promise<void> {
  await panelOf(page).getByRole("button", { name: "Run now" }).click();
  await page.waitForURL(/\/data\/runs\//);
  await expect(page.getByText("Completed", { exact: true }).first()).toBeVisible(RUN);
}

test("a file's column is renamed: the run fails, the change is reviewed and applied, the next run is green", async ({
  app,
  page,
  complaints,
}) => {
  const columns = [
    { name: "id", type: "bigint" },
    { name: "amount", type: "integer" },
  ];
  const { put, run } = await orders(app, "drift-renamed", (file) => [
    {
      ...{ id: "orders", kind: "source", connector: "local_fs" },
      config: { path: file, format: { type: "csv", columns } },
    },
    {
      ...{ id: "check", kind: "validate", input: "orders" },
      rowLevel: [{ id: "positive", field: "amount", rule: "gt:0" }],
    },
    {
      ...{ id: "load", kind: "target", input: "check", schema: "drift.renamed" },
      ...{ loadMode: "upsert", upsertKey: ["id"] },
    },
  ]);
  put("id,amount_eur\n2,7\n3,8\n");
  const runId = await run();
  const panel = panelOf(page);
  const review = page.getByRole("alert").filter({ hasText: "The source has changed: review the change" });

  await test.step("the run says what is different, and the pipeline's page too", async () => {
    await page.goto(`/data/runs/${runId}`);
    await expect(page.getByText('The declared column "amount" is not in orders.csv').first()).toBeVisible(
      RUN,
    );
    await expect(review).toContainText("orders.csv: “amount” is gone, “amount_eur” is new");
    expect(await violationsOf(page)).toEqual([]);
    await page.goto("/data/pipelines/drift-renamed");
    await expect(review).toContainText("“amount_eur” is new");
  });

  await test.step("the change is reviewed like any other, and tried out", async () => {
    await page.goto(`/data/runs/${runId}`);
    await review.getByRole("button", { name: "Review the change" }).click();
    await expect(panel).toContainText("orders.csv now has “amount_eur” instead of “amount”: rename it");
    await expect(panel).toContainText("no model was asked");
    await expect(panel.getByRole("checkbox").first()).toBeChecked();
    await panel.getByText("Dry run", { exact: true }).click();
    await expect(panel.getByRole("table", { name: /Sample rows after/ }).first()).toContainText("7");
    expect(await violationsOf(page)).toEqual([]);
  });

  await test.step("applied and run, the table has its rows under the name they had", async () => {
    await panel.getByRole("button", { name: "Apply", exact: true }).click();
    await expect(panel.getByText("Applied as")).toBeVisible();
    await expect(review).toHaveCount(0);
    await runApplied(page);
    await page.goto("/data/tables/drift.renamed");
    await expect(page.getByRole("columnheader", { name: /^amount/ })).toHaveCount(1);
    await expect(page.getByRole("row")).toHaveCount(4);
    await expect(page.getByRole("cell", { name: "8", exact: true })).toBeVisible();
  });
  expect(complaints).toEqual([]);
});

test("a frozen table and a column that came: taken in after review", async ({ app, page, complaints }) => {
  const { put, run } = await orders(app, "drift-added", (file) => [
    { id: "orders", kind: "source", connector: "local_fs", config: { path: file, format: { type: "csv" } } },
    {
      ...{ id: "load", kind: "target", input: "orders", schema: "drift.added" },
      ...{ loadMode: "truncate", schemaEvolution: "freeze" },
    },
  ]);
  put("id,amount,coupon\n3,8,spring\n");
  const runId = await run();
  const panel = panelOf(page);
  await page.goto(`/data/runs/${runId}`);
  const review = page.getByRole("alert").filter({ hasText: "The source has changed: review the change" });
  await expect(review).toContainText("drift.added: “coupon” is new", RUN);
  await review.getByRole("button", { name: "Leave out what is new" }).click();
  await expect(panel).toContainText("is left out before it is loaded");
  await review.getByRole("button", { name: "Take it in" }).click();
  await expect(panel).toContainText("so that it can take in “coupon”");
  await panel.getByRole("button", { name: "Apply", exact: true }).last().click();
  await expect(panel.getByText("Applied as")).toBeVisible();
  await runApplied(page);
  await expect(page.getByRole("listitem").filter({ hasText: "it got the column coupon" })).toBeVisible();
  await page.goto("/data/tables/drift.added");
  await expect(page.getByRole("cell", { name: "spring" })).toBeVisible();
  expect(complaints).toEqual([]);
});
