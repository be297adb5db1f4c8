import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Locator, Page } from "@playwright/test";
import { violationsInEachScheme } from "./accessibility.ts";
import type { App } from "./app.ts";
import { expect as expectSoon, test } from "./fixtures.ts";
import { createPipeline, readProgress, requestRun } from "./sample.ts";

/** A replay is a run of its own: on a busy machine it takes its time. */
const expect = expectSoon.configure({ timeout: 30_000 });
test.slow();

/** A run of eight rows, of which three are rejected. @returns its address. */
async function runWithBadRows(app: App, id: string): Promise<string> {
  const folder = path.join(app.files, id);
  mkdirSync(folder, { recursive: true });
  const file = path.join(folder, "orders.csv");
  const rows = [
    "1,a@b.co,5",
    "2,nobody,6",
    "3,c@d.co,x",
    "4,d@e.co,8",
    "5,e@f.co,9",
    "6,nowhere,10",
    "7,g@h.co,11",
  ];
  writeFileSync(file, `id,email,amount\n${rows.join("\n")}\n8,h@i.co,12\n`);
  const columns = ["id bigint", "email string", "amount integer"].map((text) => {
    const [name, type] = text.split(" ");
    return { name, type };
  });
  const pipeline = await createPipeline(app, {
    kind: "pipeline",
    version: "1.0",
    id,
    metadata: { name: `Orders of ${id}` },
    nodes: [
      {
        id: "src",
        kind: "source",
        connector: "local_fs",
        config: { path: file, format: { type: "csv", columns } },
      },
      {
        id: "check",
        kind: "validate",
        input: "src",
        rowLevel: [{ id: "mail", field: "email", rule: "email" }],
      },
      {
        id: "load",
        kind: "target",
        input: "check",
        schema: `shop.${id.replaceAll("-", "_")}`,
        loadMode: "truncate",
      },
    ],
  });
  const run = await requestRun(app, pipeline);
  await expect
    .poll(async () => (await readProgress(app, pipeline, run)).status, { timeout: 60_000 })
    .toBe("completed_with_errors");
  return `/data/runs/${run}`;
}

const quarantine = (page: Page) => page.getByRole("region", { name: "Quarantine" });
const row = (page: Page, number: number) =>
  quarantine(page)
    .getByRole("row")
    .filter({ has: page.getByRole("checkbox", { name: `Select row ${number}`, exact: true }) });

test("bad rows are mended, replayed and discarded, until the run is loaded whole", async ({
  app,
  page,
  complaints,
}) => {
  await page.goto(await runWithBadRows(app, "mended-orders"));
  const section = quarantine(page);
  const dialog = page.getByRole("dialog");

  await test.step("the rows wait, with why and what they are", async () => {
    await expect(section.getByText("5 loaded: 62.5 %")).toBeVisible();
    await expect(row(page, 2)).toContainText("email does not hold email");
    await expect(row(page, 3)).toContainText("amount does not fit integer exactly");
    await expect(section.getByText("Waiting", { exact: true })).toHaveCount(3);
  });

  await test.step("a row is mended in a form, the field that failed first", async () => {
    await row(page, 3).getByRole("button", { name: "Edit row 3" }).click();
    const amount = dialog.getByLabel("amount", { exact: true });
    await expect(amount).toBeFocused();
    await expect(dialog.getByText("amount does not fit integer exactly (type:amount)")).toBeVisible();
    await amount.fill("1.5");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await expect(dialog.getByText("amount does not fit integer exactly", { exact: true })).toBeVisible();
    complaints.length = 0;
    await dialog.getByRole("button", { name: "Undo the change of amount" }).click();
    await expect(amount).toHaveValue("x");
    await amount.fill("7");
    await dialog.getByRole("button", { name: "Save", exact: true }).click();
    await expect(row(page, 3).getByText("Edited")).toBeVisible();
    await expect(row(page, 3).getByRole("insertion")).toHaveText("7");
  });

  await test.step("what is selected is replayed; what breaks a rule again waits again", async () => {
    await row(page, 2).getByRole("checkbox").check();
    await row(page, 3).getByRole("checkbox").check();
    await section.getByRole("button", { name: "Replay 2 rows" }).click();
    await expect(section.getByText("Rejected again")).toBeVisible();
    await expect(section.getByText("5 loaded, 1 by replay: 75 %")).toBeVisible();
    await expect(row(page, 3).getByText("Loaded", { exact: true })).toBeVisible();
    await expect(row(page, 3)).toContainText("its values are not kept here any more");
  });

  await test.step("a discarded row is not loaded, and can be taken back", async () => {
    await row(page, 6).getByRole("checkbox").check();
    await section.getByRole("button", { name: "Discard 1 row…" }).click();
    await dialog.getByLabel("Reason").fill("Nobody knows the address");
    await dialog.getByRole("button", { name: "Discard 1 row" }).click();
    await expect(row(page, 6).getByText("Discarded")).toBeVisible();
    await expect(section.getByText("5 loaded, 1 by replay: 75 %")).toBeVisible();
    await row(page, 6).getByRole("button", { name: "Take row 6 back" }).click();
    await expect(row(page, 6).getByText("Waiting")).toBeVisible();
  });

  await test.step("the others are mended and replayed: 100 %", async () => {
    for (const number of [2, 6]) {
      await row(page, number)
        .getByRole("button", { name: `Edit row ${number}` })
        .click();
      await dialog.getByLabel("email", { exact: true }).fill(`mended${number}@example.org`);
      await dialog.getByRole("button", { name: "Save", exact: true }).click();
      await expect(row(page, number).getByText("Edited")).toBeVisible();
    }
    await section.getByRole("button", { name: "Replay all 2 rows" }).click();
    await expect(section.getByText("5 loaded, 3 by replay: 100 %")).toBeVisible();
    expect(await violationsInEachScheme(page)).toEqual([]);
  });

  await test.step("the replay is a run of its own, and the table has every row once", async () => {
    await row(page, 6).getByRole("link", { name: "Loaded by this run" }).click();
    await expect(page.getByRole("link", { name: "an earlier run" })).toBeVisible();
    await expect(page.getByRole("img", { name: "read 2 = loaded 2" })).toBeVisible();
    await page.goto("/data/tables/shop.mended_orders");
    for (const mail of ["mended2@example.org", "mended6@example.org"])
      await expect(page.getByRole("cell", { name: mail })).toHaveCount(1);
    await expect(page.getByRole("row")).toHaveCount(9);
  });
  expect(complaints).toEqual([]);
});

test("the same by the keyboard alone", async ({ app, page, complaints }) => {
  await page.goto(await runWithBadRows(app, "typed-orders"));
  const section = quarantine(page);
  const dialog = page.getByRole("dialog");
  await expect(section.getByText("5 loaded: 62.5 %")).toBeVisible();

  for (const [number, value] of [
    [2, "typed2@example.org"],
    [3, "7"],
    [6, "typed6@example.org"],
  ] as const) {
    const edit = section.getByRole("button", { name: `Edit row ${number}` });
    await tabTo(page, `Edit row ${number}`);
    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible();
    // The field that failed has the focus: typing mends it, Enter saves it.
    await expect(dialog.getByRole("textbox").first()).toBeFocused();
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(value);
    await page.keyboard.press("Enter");
    await expect(dialog).toBeHidden();
    await expect(row(page, number).getByText("Edited")).toBeVisible();
    await expect(edit).toBeFocused();
  }
  await tabTo(page, "Select all rows of this page", "Shift+Tab");
  await page.keyboard.press("Space");
  await tabTo(page, "Replay 3 rows", "Shift+Tab");
  await page.keyboard.press("Enter");
  await expect(section.getByText("5 loaded, 3 by replay: 100 %")).toBeVisible();
  expect(complaints).toEqual([]);
});

test("on a phone no row is cut, and nothing lies out of sight at the side", async ({
  app,
  page,
  complaints,
}) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.goto(await runWithBadRows(app, "orders-whose-name-takes-several-lines-of-a-phone"));
  const section = quarantine(page);
  await expect(row(page, 3)).toContainText("amount does not fit integer exactly");
  expect(await beyond(page, section.getByRole("table", { name: "Rejected rows" }).locator(".."))).toBe(0);
  await row(page, 6).getByRole("checkbox").check();
  await expect(section.getByRole("button", { name: "Replay 1 row" })).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);

  await page.goto("/data/runs");
  const name = page.getByText("Orders of orders-whose-name-takes-several-lines-of-a-phone").first();
  await expect(name).toBeVisible();
  expect(
    await name.evaluate((one) => one.scrollHeight <= one.clientHeight && one.scrollWidth <= one.clientWidth),
  ).toBe(true);
  expect(await beyond(page, page.getByRole("table").locator(".."))).toBe(0);
  expect(await violationsInEachScheme(page)).toEqual([]);
  expect(complaints).toEqual([]);
});

/** Pixels by which a frame, or the page, can be scrolled sideways. */
async function beyond(page: Page, frame: Locator): Promise<number> {
  const of = (one: Element) => one.scrollWidth - one.clientWidth;
  return Math.max(await frame.evaluate(of), await page.locator("html").evaluate(of));
}

/** Presses a key until something of that name has the focus. */
async function tabTo(page: Page, name: string, key = "Tab"): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    const focused = await page.evaluate(() => {
      const { activeElement: one } = document;
      return one?.getAttribute("aria-label") ?? one?.textContent ?? "";
    });
    if (focused === name) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${name} cannot be reached by ${key}`);
}
