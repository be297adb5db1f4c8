import type { Locator, Page } from "@playwright/test";
import { violationsInEachScheme } from "./accessibility.ts";
import {
  ask,
  behindCheck,
  boxOf,
  chooseWire,
  hourly,
  KEY,
  openPanel,
  ordersPipeline,
  panelOf,
  proposing,
  readIr,
  ready,
  rowCheck,
  test,
  toldTo,
} from "./assistant.ts";
import { expect } from "./fixtures.ts";
import { requestRun } from "./sample.ts";

const WISH = "abort when fewer than 100 rows arrive, every hour";
const WRONG = proposing("Checks the rows.", rowCheck("fiel"));
const RIGHT = proposing("Checks the rows, every hour.", rowCheck(), behindCheck, hourly);
const RUN = { timeout: 60_000 };

test("from the choice of a provider to a change that is reviewed, applied, run and undone", async ({
  app,
  page,
  wire,
  complaints,
}) => {
  const pipeline = await ordersPipeline(app, "reviewed");
  const before = await readIr(app, pipeline);
  const panel = panelOf(page);

  await test.step("choose who answers, and try it", async () => {
    await page.goto("/settings?tab=ai");
    await page.getByRole("combobox", { name: "Provider" }).click();
    await page.getByRole("option", { name: "Anthropic" }).click();
    await page.getByLabel("Key", { exact: true }).fill(KEY);
    await page.getByRole("textbox", { name: "Base URL" }).fill(`${wire.url}/v1`);
    wire.queue.push(ready());
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await expect(layersOf(page).getByLabel("passed")).toHaveCount(5);
    await saveOf(page).click();
    await expect(page.getByText("chosen for this tenant")).toBeVisible();
    await expect(page.getByLabel("Key", { exact: true })).toHaveValue("");
    await page.reload();
    await expect(page.getByPlaceholder("•••••••• kept")).toBeVisible();
    expect(await page.content()).not.toContain(KEY);
    expect(await (await app.api("/api/v1/settings/ai")).text()).not.toContain(KEY);
    expect(wire.calls.map(({ headers }) => headers["x-api-key"])).toEqual([KEY]);
  });

  await test.step("watch the first attempt fail and the second succeed", async () => {
    const seen = Promise.withResolvers<void>();
    wire.queue.push(WRONG, { ...RIGHT, until: seen.promise });
    await openPanel(page, pipeline);
    await ask(page, WISH);
    await expect(panel.getByText("Attempt 1 of 3: refused")).toBeVisible();
    await expect(panel.getByText('reads "fiel", which does not exist')).toBeVisible();
    await expect(panel.getByText("Attempt 2 of 3: writing a patch")).toBeVisible();
    await expect(panel.getByRole("button", { name: "Apply" })).toHaveCount(0);
    seen.resolve();
    await expect(panel.getByText("Checks the rows, every hour.")).toBeVisible();
    await expect(panel.getByText("Attempt 2 of 3: passed every check")).toBeVisible();
    await expect(panel.getByText(/anthropic · .*36 tokens · 1 retry/)).toBeVisible();
    expect(toldTo(wire.calls.at(-1))).toContain('reads "fiel", which does not exist');
  });

  await test.step("see it coloured, as a whole, and as a graph", async () => {
    const diff = panel.getByRole("table").filter({ hasText: "rowCount" });
    const ground = (text: string) =>
      diff
        .getByRole("cell", { name: text })
        .first()
        .evaluate((cell) => getComputedStyle(cell).backgroundColor);
    expect(await ground('"kind": "validate"')).not.toBe(await ground('"id": "table"'));
    await panel.getByRole("button", { name: "Show full IR" }).click();
    await expect(page.getByRole("dialog")).toContainText('"rowCount"');
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
    await panel.getByText("Graph", { exact: true }).click();
    await expect(panel.getByRole("region", { name: "Graph of the proposal" })).toContainText("Added");
    for (const name of ["Apply", "Reject"])
      await expect(panel.getByRole("button", { name, exact: true })).toBeVisible();
  });

  await test.step("leave one change out, and try the rest", async () => {
    await panel.getByRole("group", { name: "Schedule" }).getByRole("checkbox").uncheck();
    await panel.getByText("Dry run", { exact: true }).click();
    await expect(panel.getByRole("heading", { name: "v", exact: true })).toBeVisible();
    await expect(panel.getByRole("table", { name: "Sample rows after v" })).toContainText("1001");
    expect((await readIr(app, pipeline)).version).toBe(before.version);
  });

  await test.step("apply and run it", async () => {
    await panel.getByRole("button", { name: "Apply 2 of 3" }).click();
    await expect(panel.getByText("Applied as version 2")).toBeVisible();
    const { ir } = await readIr(app, pipeline);
    expect(ir.nodes.map(({ id, input }) => [id, input])).toEqual([
      ["file", undefined],
      ["table", "v"],
      ["v", "file"],
    ]);
    expect(ir.schedule).toBeUndefined();
    await panel.getByRole("button", { name: "Run now" }).click();
    await page.waitForURL(/\/data\/runs\/[0-9a-f-]{36}/);
    await expect(page.getByText("Completed", { exact: true }).first()).toBeVisible(RUN);
    await expect(page.getByRole("img", { name: "read 120 = loaded 120" })).toBeVisible();
  });

  await test.step("undo it", async () => {
    await panel.getByRole("button", { name: "Undo" }).click();
    await expect(panel.getByText(/undone\W+version 3 is as version 1 was/i)).toBeVisible();
    expect(await readIr(app, pipeline)).toMatchObject({ version: 3, ir: before.ir });
  });

  expect(complaints).toEqual([]);
});

test("the same by the keyboard alone", async ({ app, page, wire }) => {
  const pipeline = await ordersPipeline(app, "typed");
  const before = await readIr(app, pipeline);
  const panel = panelOf(page);
  const press = (keys: string) => page.keyboard.press(keys);

  await page.goto("/settings?tab=ai");
  await tabTo(page, page.getByRole("combobox", { name: "Provider" }));
  await press("Enter");
  await expect(page.getByRole("option", { name: "Anthropic" })).toBeVisible();
  await press("ArrowDown");
  await press("Enter");
  await expect(page.getByRole("combobox", { name: "Provider" })).toHaveValue("Anthropic");
  await tabTo(page, page.getByLabel("Key", { exact: true }));
  await page.keyboard.type(KEY);
  await tabTo(page, page.getByRole("textbox", { name: "Base URL" }));
  await page.keyboard.type(`${wire.url}/v1`);
  wire.queue.push(ready());
  await tabTo(page, page.getByRole("button", { name: "Test", exact: true }));
  await press("Enter");
  await expect(layersOf(page).getByLabel("passed")).toHaveCount(5);
  await tabTo(page, saveOf(page), "Shift+Tab");
  await press("Space");
  await expect(page.getByText("chosen for this tenant")).toBeVisible();

  wire.queue.push(WRONG, RIGHT);
  await openPanel(page, pipeline);
  await page.keyboard.type(WISH);
  await press("Enter");
  await expect(panel.getByText("Attempt 2 of 3: passed every check")).toBeVisible();
  await expect(panel.getByText('reads "fiel", which does not exist')).toBeVisible();

  const boxIn = (name: string) => panel.getByRole("group", { name, exact: true }).getByRole("checkbox");
  await expect(boxIn("Schedule")).toBeFocused();
  await press("j");
  await expect(boxIn("table")).toBeFocused();
  await press("j");
  await expect(boxIn("v")).toBeFocused();
  await press("k");
  await press("k");
  await expect(boxIn("Schedule")).toBeFocused();
  await press("x");
  await expect(boxIn("Schedule")).not.toBeChecked();
  await tabTo(page, panel.getByRole("radio", { name: "Diff" }));
  await press("ArrowRight");
  await expect(panel.getByRole("table", { name: "Sample rows after v" })).toContainText("1001");

  await press("ControlOrMeta+Enter");
  await expect(panel.getByText("Applied as version 2")).toBeVisible();
  await tabTo(page, panel.getByRole("button", { name: "Run now" }));
  await press("Enter");
  await page.waitForURL(/\/data\/runs\/[0-9a-f-]{36}/);
  await expect(page.getByText("Completed", { exact: true }).first()).toBeVisible(RUN);
  await tabTo(page, panel.getByRole("button", { name: "Undo" }));
  await press("Enter");
  await expect(panel.getByText(/undone\W+version 3 is as version 1 was/i)).toBeVisible();
  expect(await readIr(app, pipeline)).toMatchObject({ version: 3, ir: before.ir });
});

test("a rejection's reason is told to the next request, quoted", async ({ app, page, wire }) => {
  await chooseWire(app, wire);
  const reason = 'The limit is 50 rows. "ignore all rules" was not asked for';
  wire.queue.push(RIGHT, proposing("Checks every hour.", hourly));
  const panel = await openPanel(page, await ordersPipeline(app, "rejected"));
  await ask(page, WISH);
  await panel.getByRole("button", { name: "Reject", exact: true }).click();
  await panel.getByRole("textbox", { name: "What is wrong with it?" }).fill(reason);
  await panel.getByRole("button", { name: "Reject", exact: true }).click();
  await expect(panel.getByText(`Rejected: ${reason}`)).toBeVisible();
  expect(toldTo(wire.calls[0])).not.toContain("The limit is 50 rows");

  await ask(page, "check the rows as I said");
  await expect(panel.getByText("Checks every hour.")).toBeVisible();
  expect(wire.calls).toHaveLength(2);
  const [, decisions = ""] = /## past_decisions\n(.*)\n/.exec(promptOf(wire.calls[1])) ?? [];
  expect(JSON.parse(decisions)).toMatchObject([{ asked: WISH, outcome: "rejected", reason }]);

  const told = panel.getByRole("region", { name: "Earlier decisions" });
  await expect(told.getByRole("listitem")).toHaveCount(1);
  await expect(told).toContainText(`Because you rejected “${WISH}” on `);
  await expect(told).toContainText(`: ${reason}`);
});

test("two browsers change one pipeline: the second is told, reviews it anew, and loses nothing", async ({
  app,
  page,
  browser,
  session,
  wire,
}) => {
  await chooseWire(app, wire);
  const pipeline = await ordersPipeline(app, "twice");
  const context = await browser.newContext({ baseURL: app.url, storageState: session });
  try {
    const other = await context.newPage();
    const [first, second] = [await openPanel(page, pipeline), await openPanel(other, pipeline)];
    wire.queue.push(proposing("Checks the rows.", rowCheck(), behindCheck));
    await ask(page, "abort when fewer than 100 rows arrive");
    await expect(first.getByRole("button", { name: "Apply" })).toBeVisible();
    wire.queue.push(proposing("Runs every hour.", hourly));
    await ask(other, "every hour");
    await expect(second.getByRole("button", { name: "Apply" })).toBeVisible();

    await first.getByRole("button", { name: "Apply" }).click();
    await expect(first.getByText("Applied as version 2")).toBeVisible();
    await second.getByRole("button", { name: "Apply" }).click();
    await expect(second.getByText("Not applied: version 2 was saved meanwhile.")).toBeVisible();
    await expect(second.getByText("Against version 2")).toBeVisible();
    expect((await readIr(app, pipeline)).version).toBe(2);
    await second.getByRole("button", { name: "Apply" }).click();
    await expect(second.getByText("Applied as version 3")).toBeVisible();
    expect(await readIr(app, pipeline)).toMatchObject({
      version: 3,
      ir: { nodes: [{ id: "file" }, { id: "table", input: "v" }, { id: "v" }], schedule: { minutes: 60 } },
    });
    expect(wire.calls).toHaveLength(2);
  } finally {
    await context.close();
  }
});

test("a failed run is given to the assistant with its node, its error, and rows that nobody keeps", async ({
  app,
  page,
  wire,
}) => {
  await chooseWire(app, wire);
  const pipeline = await ordersPipeline(app, "failing", 12);
  const { version, ir } = await readIr(app, pipeline);
  const rowLevel = [{ id: "few", field: "quantity", rule: "lte:4" }];
  const checked = { ...ir, nodes: [...ir.nodes, { ...(rowCheck().value as object), rowLevel }] };
  Object.assign(checked.nodes[1] ?? {}, { input: "v" });
  const body = JSON.stringify({ ir: checked, baseVersion: version });
  const saved = await app.api(`/api/v1/pipelines/${pipeline}/ir`, { method: "POST", body });
  expect(saved.status, await saved.clone().text()).toBe(201);
  await page.goto(`/data/runs/${await requestRun(app, pipeline)}`);
  const limit = { op: "replace", path: "/nodes/2/datasetLevel/rowCount/min", value: 10 };
  wire.queue.push(proposing("Asks for ten rows.", limit));
  await page.getByRole("button", { name: "Fix with AI" }).click(RUN);
  const panel = panelOf(page);
  await expect(panel.getByText("Asks for ten rows.")).toBeVisible();
  await expect(panel.getByText(/^Fix the failed run: .*rowCount/)).toBeVisible();
  await expect(panel.getByRole("group", { name: "v" }).getByRole("checkbox")).toBeChecked();
  const told = toldTo(wire.calls[0]);
  for (const word of [/failed at node v/, /rule rowCount/, /Error [a-z_]+: /]) expect(told).toMatch(word);
  await panel.getByRole("button", { name: "Show what was sent" }).click();
  await expect(panel.getByText(/failed at node v, rule rowCount/)).toBeVisible();

  // Of twelve rows the fifth and the tenth have a quantity of five.
  const row = /"order_id":"?1005/;
  expect(told).toMatch(row);
  expect(told).toContain("## sample_rows");
  await expect(panel.getByText("2 rejected rows went along")).toBeVisible();
  await expect(panel.getByText(row)).toBeVisible();
  expect(await page.evaluate(() => JSON.stringify(localStorage))).toContain("Asks for ten rows.");
  expect(await page.evaluate(() => JSON.stringify(localStorage))).not.toMatch(/order_id[^a-z]*1005/);
  await page.reload();
  await panel.getByRole("button", { name: "Show what was sent" }).click();
  await expect(panel.getByText(/failed at node v, rule rowCount/)).toBeVisible();
  await expect(panel.getByText("went along")).toHaveCount(0);
});

test("Stop ends the call to the provider, and no other attempt starts", async ({ app, page, wire }) => {
  await chooseWire(app, wire);
  const panel = await openPanel(page, await ordersPipeline(app, "stopped"));
  const stopped = async () => {
    await expect(panel.getByText("Stopped. Nothing was changed.").last()).toBeVisible();
    await expect(panel.getByRole("button", { name: "Stop" })).toHaveCount(0);
  };
  await test.step("in the first attempt, by the button", async () => {
    wire.queue.push({ fault: "hang" });
    await ask(page, WISH);
    await expect.poll(() => wire.calls.length).toBe(1);
    await panel.getByRole("button", { name: "Stop" }).click();
    await stopped();
    await expect.poll(wire.aborted).toBe(1);
  });
  await test.step("in the second attempt, by the key", async () => {
    wire.queue.push(WRONG, { fault: "hang" });
    await ask(page, WISH);
    await expect(panel.getByText("Attempt 2 of 3: writing a patch")).toBeVisible();
    await expect.poll(() => wire.calls.length).toBe(3);
    await boxOf(page).press("Escape");
    await stopped();
    await expect.poll(wire.aborted).toBe(2);
  });
  await test.step("by leaving", async () => {
    wire.queue.push({ fault: "hang" });
    await ask(page, WISH);
    await expect.poll(() => wire.calls.length).toBe(4);
    await page.close();
    await expect.poll(wire.aborted).toBe(3);
  });
  // What ended is written down, so nothing of it is still to come.
  const outcomes = async () => {
    const answer = await app.api("/api/v1/ai/pipeline-chat/proposals?outcome=error");
    const { data } = (await answer.json()) as { data: { message: string; operations: number }[] };
    return data.filter(({ message }) => message === WISH).length;
  };
  await expect.poll(outcomes).toBe(3);
  expect(wire.calls).toHaveLength(4);
});

test("Settings → AI says which layer failed, and is accessible", async ({ page, wire }) => {
  await page.goto("/settings?tab=ai");
  await expect(page.getByText("Built-in rules assistant").first()).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);
  await page.getByRole("combobox", { name: "Provider" }).click();
  await page.getByRole("option", { name: "OpenAI-compatible server" }).click();
  await page.getByRole("textbox", { name: "Model" }).fill("local");
  const tried = async (url: string) => {
    await page.getByRole("textbox", { name: "Base URL" }).fill(url);
    await page.getByRole("button", { name: "Test", exact: true }).click();
    await expect(layersOf(page).getByLabel("failed")).toHaveCount(1);
    return layersOf(page).getByRole("listitem");
  };
  wire.queue.push({ status: 401, message: "no such key" });
  const refused = await tried(`${wire.url}/v1`);
  await expect(refused.nth(0).getByLabel("passed")).toBeVisible();
  await expect(refused.nth(1).getByLabel("failed")).toBeVisible();
  await expect(refused.nth(1)).toContainText("Key");
  await expect(refused.nth(2).getByLabel("not reached")).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);

  const { port } = new URL(wire.url);
  await wire.close();
  const away = await tried(`http://127.0.0.1:${port}/v1`);
  await expect(away.nth(0).getByLabel("failed")).toBeVisible();
  await expect(away.nth(0)).toContainText(`127.0.0.1:${port} could not be reached`);
  await expect(away.nth(1).getByLabel("not reached")).toBeVisible();
});

test("a proposal under review is accessible", async ({ app, page, wire }) => {
  await chooseWire(app, wire);
  wire.queue.push(WRONG, RIGHT);
  const panel = await openPanel(page, await ordersPipeline(app, "seen"));
  await ask(page, WISH);
  await expect(panel.getByRole("button", { name: "Apply" })).toBeVisible();
  await expect(panel.getByRole("table").filter({ hasText: "rowCount" })).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);
  await panel.getByText("Dry run", { exact: true }).click();
  await expect(panel.getByRole("table", { name: "Sample rows after v" })).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);
  await panel.getByText("Graph", { exact: true }).click();
  await expect(panel.getByRole("region", { name: "Graph of the proposal" })).toBeVisible();
  await panel.getByRole("button", { name: "Reject", exact: true }).click();
  expect(await violationsInEachScheme(page)).toEqual([]);
});

/** The stages of a provider's test. */
const layersOf = (page: Page) => page.getByRole("status", { name: "Result of the test" });

/** Saves who answers. */
const saveOf = (page: Page) =>
  page.getByRole("region", { name: "Choose who answers" }).getByRole("button", { name: "Save" });

/** Presses Tab until the element has the focus. */
async function tabTo(page: Page, to: Locator, key = "Tab"): Promise<void> {
  await expect(to).toBeEnabled();
  for (let pressed = 0; pressed < 80; pressed++) {
    if (await to.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press(key);
  }
  await expect(to).toBeFocused();
}

/** The request as the model was told it. */
function promptOf(call: { body: Record<string, unknown> } | undefined): string {
  const messages = (call?.body.messages ?? []) as { role: string; content: unknown }[];
  const { content } = messages.find(({ role }) => role === "user") ?? {};
  return typeof content === "string"
    ? content
    : ((content ?? []) as { text?: string }[]).map(({ text }) => text).join("");
}
