import path from "node:path";
import { COLOR_SCHEMES, prefer, violationsOf } from "./accessibility.ts";
import type { App } from "./app.ts";
import { expect, test } from "./fixtures.ts";
import { createPipeline, writeOrders } from "./sample.ts";

/** Orders of a file, cleaned, added up by day and quantity, into a table. */
async function sums(app: App, id: string): Promise<string> {
  const { file, columns } = writeOrders(path.join(app.files, id));
  const declared = columns.map((name) => ({ name, type: name === "amount" ? "decimal(12,2)" : "string" }));
  return createPipeline(app, {
    kind: "pipeline",
    version: "1.0",
    id,
    metadata: { name: `Sums of ${id}` },
    nodes: [
      {
        id: "orders",
        kind: "source",
        connector: "local_fs",
        config: { path: file, format: { type: "csv", columns: declared } },
      },
      {
        id: "clean",
        kind: "transform",
        input: "orders",
        ops: [
          { op: "filter", expr: "quantity <> '0'" },
          { op: "rename", from: "amount", to: "price" },
        ],
      },
      {
        id: "days",
        kind: "transform",
        input: "clean",
        ops: [
          {
            op: "aggregate",
            groupBy: ["ordered_on"],
            metrics: [{ fn: "sum", field: "price", as: "turnover" }],
          },
        ],
      },
      { id: "load", kind: "target", input: "days", schema: `shop.${id}`, loadMode: "truncate" },
    ],
  });
}

for (const scheme of COLOR_SCHEMES)
  for (const width of [1280, 360])
    test(`a column's way lights up and is told in words, ${scheme}, ${width} px`, async ({
      app,
      page,
      complaints,
    }) => {
      await prefer(page, scheme);
      await page.setViewportSize({ width, height: 900 });
      const id = await sums(app, `sums_${scheme}_${width}`);
      await page.goto(`/data/pipelines/${id}`);
      const asked = Promise.withResolvers<void>();
      await page.route(/\/lineage(\?|$)/, async (route) => {
        await asked.promise;
        await route.continue();
      });
      const ask = page.getByRole("button", { name: "Where columns come from" });
      await ask.focus();
      await page.keyboard.press("Enter");
      const region = page.getByRole("region", { name: "Where columns come from" });
      const column = region.getByRole("combobox", { name: "Column" });
      await expect(region.getByRole("status", { name: "Loading the columns" })).toBeVisible();
      await expect(column).toBeHidden();
      asked.resolve();
      await column.focus();
      await page.keyboard.type("turn");
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      const from = region.getByRole("list", { name: "Where turnover comes from" });
      await expect(from).toContainText(/amount of orders .*: aggregated over rows/);
      await expect(region).toContainText("renamed from amount");
      await expect(region).toContainText("sum of price");
      await expect(region.getByRole("list", { name: "What decides about rows" })).toContainText(
        /quantity of orders .*: by a filter/,
      );
      const graph = page.getByRole("region", { name: "Graph of the pipeline" });
      await expect(graph.getByRole("button", { name: /The column passes here as price/ })).toBeVisible();
      await expect(graph.getByRole("button", { name: /The column passes here as/ })).toHaveCount(4);
      await expect(page).toHaveURL(/trace=load%3Aturnover/);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      expect(await violationsOf(page)).toEqual([]);
      await region.getByRole("button", { name: "Close the lineage" }).click();
      await expect(region).toHaveCount(0);
      await expect(graph.getByRole("button", { name: /The column passes here as/ })).toHaveCount(0);
      expect(complaints).toEqual([]);
    });

test("a column of a node's drawer, and of an address, is traced from there", async ({ app, page }) => {
  const id = await sums(app, "sums_drawer");
  await page.goto(`/data/pipelines/${id}?node=clean`);
  await page.getByRole("dialog").getByRole("button", { name: "price" }).click();
  await expect(page).toHaveURL(/trace=clean%3Aprice/);
  const region = page.getByRole("region", { name: "Where columns come from" });
  await expect(region).toContainText("price of clean comes from");
  await page.reload();
  await expect(region).toContainText("price of clean comes from");
  await page.goto(`/data/pipelines/${id}?trace=load%3Anothing`);
  await expect(region).toContainText("not among those that are known");
});
