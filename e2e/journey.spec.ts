import path from "node:path";
import { violationsInEachScheme } from "./accessibility.ts";
import { expect, test } from "./fixtures.ts";
import { writeOrders } from "./sample.ts";

const TABLE = "starbucks.orders";

test("from a sentence to rows in a table, each step in the audit log", async ({ app, page, complaints }) => {
  const orders = writeOrders(path.join(app.files, "journey"), 12);

  await test.step("describe the change", async () => {
    await page.goto("/data/pipelines");
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await page.keyboard.press("ControlOrMeta+I");
    const panel = page.getByRole("region", { name: "Review of changes" });
    await panel
      .getByRole("textbox", { name: "Describe a change" })
      .fill(`add a daily CSV ingestion of ${orders.file} into ${TABLE}`);
    await panel.getByRole("button", { name: "Send" }).click();
  });

  await test.step("review and apply the proposal", async () => {
    const panel = page.getByRole("region", { name: "Review of changes" });
    await expect(panel.getByRole("button", { name: "Apply", exact: true })).toBeVisible();
    await expect(panel.getByRole("table").filter({ hasText: TABLE })).toBeVisible();
    await panel.getByText("Dry run").click();
    await expect(panel.getByText("1001").first()).toBeVisible();
    await panel.getByText("Diff", { exact: true }).click();
    await panel.getByRole("button", { name: "Apply", exact: true }).click();
  });

  await test.step("run it", async () => {
    await page.waitForURL(/\/data\/pipelines\/[0-9a-f-]{36}/);
    await page.getByRole("button", { name: "Run now" }).first().click();
    await page.getByRole("dialog").getByRole("button", { name: "Run now" }).click();
    await page.waitForURL(/\/data\/runs\/[0-9a-f-]{36}/);
    await expect(page.getByText("Completed", { exact: true }).first()).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText("Every row is accounted for")).toBeVisible();
    const rows = orders.rows.length;
    await expect(page.getByRole("img", { name: `read ${rows} = loaded ${rows}` })).toBeVisible();
  });

  await test.step("the rows are those of the file", async () => {
    await page.goto(`/data/tables/${TABLE}`);
    const rows = page.getByRole("row");
    await expect(rows).toHaveCount(orders.rows.length + 1);
    for (const column of orders.columns) {
      await expect(page.getByRole("columnheader", { name: new RegExp(`^${column}\\b`) })).toBeVisible();
    }
    const shown = await rows.evaluateAll((all) =>
      all
        .slice(1)
        .map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent?.trim() ?? "")),
    );
    expect(shown.map((cells) => asNumbers(cells.slice(0, orders.columns.length)))).toEqual(
      orders.rows.map(asNumbers),
    );
  });

  await test.step("the audit log has every step", async () => {
    await page.goto("/audit");
    for (const action of ["pipeline.applied", "run.requested", "run.finished"]) {
      await expect(page.getByText(action).first()).toBeVisible();
    }
    await expect(page.getByText(/proposal\./).first()).toBeVisible();
  });

  expect(complaints).toEqual([]);
});

test("a request out of scope changes nothing and says why; a rejection is kept with its reason", async ({
  app,
  page,
}) => {
  await page.goto("/data/pipelines");
  await page.keyboard.press("ControlOrMeta+I");
  const panel = page.getByRole("region", { name: "Review of changes" });
  const ask = panel.getByRole("textbox", { name: /Describe a change|Refine the proposal/ });
  await ask.fill("train a model that predicts tomorrow's weather");
  await panel.getByRole("button", { name: "Send" }).click();
  await expect(panel.getByRole("log")).toContainText(/not|cannot|can't/i);
  await expect(panel.getByRole("button", { name: "Apply", exact: true })).toHaveCount(0);

  const { file } = writeOrders(path.join(app.files, "rejected"));
  await ask.fill(`add a daily CSV ingestion of ${path.dirname(file)}/*.csv into shop.rejected`);
  await panel.getByRole("button", { name: "Send" }).click();
  await expect(panel.getByText(/each run of the schedule loads all that still lie/)).toBeVisible();
  await expect(panel.getByText(/have loaded files moved away/)).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);
  await panel.getByRole("button", { name: "Reject", exact: true }).click();
  await panel.getByRole("textbox", { name: "What is wrong with it?" }).fill("Wrong target table");
  await panel.getByRole("button", { name: "Reject", exact: true }).click();
  await expect(panel.getByText("Wrong target table").first()).toBeVisible();
  const actions = async () => {
    const answer = await app.api("/api/v1/audit-logs?entityType=pipeline_ai_proposal&limit=100");
    const { logs } = (await answer.json()) as { logs: { action: string }[] };
    return logs.map(({ action }) => action);
  };
  await expect.poll(actions).toContain("proposal.rejected");
});

/** A number in a table may be written with or without its trailing zeroes. */
function asNumbers(row: string[]): (string | number)[] {
  return row.map((cell) => (/^-?[\d,]+(\.\d+)?$/.test(cell) ? Number(cell.replaceAll(",", "")) : cell));
}
