import type { Locator, Page, Request } from "@playwright/test";
import type { App } from "./app.ts";
import { expect, signIn, test } from "./fixtures.ts";
import { type Row, type SourceServer, sourceServers } from "./source-servers.ts";

const SLOW = { timeout: 60_000 };

const conversation = (page: Page) => page.getByRole("region", { name: "Conversation with the set-up agent" });
const composer = (page: Page) => page.getByRole("textbox", { name: "Message to the set-up agent" });
const card = (page: Page) => page.locator("section[aria-labelledby=setup-so-far]");

async function say(page: Page, words: string): Promise<void> {
  await composer(page).fill(words);
  await composer(page).press("Enter");
}

async function fillIn(form: Locator, fields: Record<string, string>): Promise<void> {
  for (const [label, value] of Object.entries(fields)) await labelled(form, label).fill(value);
}

/** An input by its label, which has a mark behind it where it is required. */
const labelled = (form: Locator, label: string) =>
  form.getByRole("textbox", { name: new RegExp(`^${label}( \\*)?$`) }).or(
    // A password input has no role.
    form.locator(`input[type=password]`).and(form.getByLabel(new RegExp(`^${label}( \\*)?$`))),
  );

/** Ticks two streams of many, found by the search, and takes them. */
async function takeStreams(page: Page, server: SourceServer): Promise<void> {
  const streams = card(page).getByRole("region", { name: "Streams to load" });
  await expect(streams.getByText(`${server.streams} streams`)).toBeVisible(SLOW);
  for (const { name } of server.picked) {
    const [word = name] = /orders|customers/i.exec(name) ?? [];
    await streams.getByRole("textbox", { name: "Search streams" }).fill(word);
    await streams.getByRole("checkbox", { name: new RegExp(`^${escaped(name)}`) }).check();
  }
  await streams.getByRole("button", { name: "Take 2 streams" }).click();
  await expect(card(page).getByRole("list", { name: "Chosen streams" }).getByRole("listitem")).toHaveCount(2);
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** Sets the schedule in words, looks it over and has it made. @returns the table that each stream goes to */
async function confirm(page: Page, how: "chat" | "form", server: SourceServer): Promise<string[]> {
  if (how === "chat") await say(page, "every hour");
  else await card(page).getByRole("button", { name: "Every hour" }).click();
  const review = card(page).getByRole("region", { name: "Review" });
  await expect(review).toBeVisible();
  await expect(card(page).getByText("The next three runs")).toBeVisible();
  await expect(card(page).getByRole("region", { name: "Schedule" }).locator("time")).toHaveCount(3);
  const tables = [];
  for (const { name } of server.picked) {
    const item = card(page).getByRole("listitem").filter({ hasText: name });
    tables.push((await item.locator("code").textContent()) ?? "");
  }
  await review.getByRole("button", { name: "Create it" }).click();
  await expect(card(page).getByRole("heading", { name: "It is connected" })).toBeVisible(SLOW);
  await expect(card(page).getByText("Schedule: set")).toBeVisible();
  return tables;
}

/** The first run ends well, and the tables of the warehouse hold the source's rows. */
async function expectRows(page: Page, app: App, server: SourceServer, tables: string[]): Promise<void> {
  await card(page).getByRole("link", { name: "Open the run" }).click();
  await page.waitForURL(/\/data\/runs\//);
  const run = page.url().split("/").at(-1);
  const status = async () =>
    ((await (await app.api(`/api/v1/runs/${run}`)).json()) as { status: string }).status;
  await expect.poll(status, SLOW).toBe("completed");
  await expect(page.getByText("Completed", { exact: true }).first()).toBeVisible();
  for (const [at, { rows }] of server.picked.entries()) {
    const answer = await app.api(`/api/v1/warehouse/tables/${tables[at]}?limit=500`);
    expect(answer.status, tables[at]).toBe(200);
    const loaded = (await answer.json()) as { total: number; rows: Record<string, unknown>[] };
    expect(loaded.total).toBe(rows.length);
    expect(loaded.rows.map(comparable).sort((a, b) => a.id - b.id)).toEqual(rows.map(comparable));
  }
}

/** A row by its columns, which one source writes in capitals. */
function comparable(row: Row | Record<string, unknown>) {
  const { id, name, amount } = Object.fromEntries(
    Object.entries(row).map(([column, value]) => [column.toLowerCase(), value]),
  );
  return { id: Number(id), name: String(name), amount: Number(amount) };
}

/** The secret is nowhere that a page keeps something, and in no line that the server wrote. */
async function expectNoSecret(page: Page, app: App, secret: string): Promise<void> {
  const kept = await page.evaluate(() =>
    JSON.stringify([
      { ...localStorage },
      { ...sessionStorage },
      location.href,
      document.documentElement.outerHTML,
    ]),
  );
  expect(kept).not.toContain(secret);
  expect(app.log()).not.toContain(secret);
}

for (const [kind, { found, start }] of Object.entries(sourceServers)) {
  test.describe(`a real ${kind}`, () => {
    test.skip(!found, `${kind} is not installed`);
    let server: SourceServer;
    test.beforeAll(async () => {
      test.setTimeout(120_000);
      server = await start();
    });
    test.afterAll(async () => server?.stop());

    test(`${kind}: from a word in the chat to rows in the warehouse`, async ({ app, page, complaints }) => {
      test.setTimeout(180_000);
      await page.goto("/data/sources");
      await page.getByRole("link", { name: "New source" }).click();
      await say(page, server.said);
      if (server.optional) {
        await expect(conversation(page).getByRole("form", { name: "Missing fields" })).toBeVisible();
        await say(page, server.optional.said);
      }
      const fields = conversation(page).getByRole("form", { name: "Missing fields" });
      await fillIn(fields, server.fields);
      await fields.getByRole("button", { name: "Send" }).click();
      await expect(card(page).getByRole("list", { name: "Stages of the test" })).toContainText(
        "First row",
        SLOW,
      );
      await takeStreams(page, server);
      await expectNoSecret(page, app, server.secret);
      const tables = await confirm(page, "chat", server);
      await expectNoSecret(page, app, server.secret);
      await expectRows(page, app, server, tables);
      expect(complaints).toEqual([]);
    });

    test(`${kind}: the same in the form`, async ({ app, page, complaints }) => {
      test.setTimeout(180_000);
      await page.goto("/data/sources/new?mode=form");
      await page.getByRole("button", { name: server.title }).click();
      const form = page.getByRole("form", { name: `Connection to ${server.title}` });
      await fillIn(form, { ...server.fields, ...server.optional?.fields });
      for (const label of server.optional?.ticked ?? [])
        await form.getByRole("checkbox", { name: label }).check();
      await form.getByRole("button", { name: "Test the connection" }).click();
      await takeStreams(page, server);
      const tables = await confirm(page, "form", server);
      await expectNoSecret(page, app, server.secret);
      await expectRows(page, app, server, tables);
      expect(complaints).toEqual([]);
    });
  });
}

test.describe("a conversation", () => {
  test.skip(!sourceServers.PostgreSQL.found, "PostgreSQL is not installed");
  let server: SourceServer;
  test.beforeAll(async () => {
    test.setTimeout(120_000);
    server = await sourceServers.PostgreSQL.start();
  });
  test.afterAll(async () => server?.stop());

  test("a wrong password shows the stage and the field, and the right one goes on", async ({ page }) => {
    await page.goto("/data/sources/new");
    await say(page, "postgres");
    const fields = conversation(page).getByRole("form", { name: "Missing fields" });
    await fillIn(fields, { ...server.fields, Password: "not this one" });
    await labelled(fields, "Password").press("Enter");
    await expect(fields.getByText(/password/i).nth(1)).toBeVisible(SLOW);
    await expect(labelled(fields, "Password")).toHaveAttribute("aria-invalid", "true");
    await expect(labelled(fields, "Password")).toBeFocused();
    await expect(labelled(fields, "Password")).toHaveValue("");
    await expect(labelled(fields, "Host")).toHaveCount(0);
    const stages = card(page).getByRole("list", { name: "Stages of the test" });
    await expect(
      stages.getByRole("listitem").filter({ hasText: "Sign-in" }).getByLabel("failed"),
    ).toBeVisible();
    await expect(stages.getByRole("listitem").filter({ hasText: "Database" })).toContainText("Not reached");
    await page.keyboard.insertText(server.secret);
    await page.keyboard.press("Enter");
    await expect(card(page).getByRole("region", { name: "Streams to load" })).toBeVisible(SLOW);
  });

  test("is gone on with after a reload, and between chat and form nothing is lost", async ({ page }) => {
    const { Host = "", Port = "", Database = "", ...rest } = server.fields;
    await page.goto("/data/sources/new");
    await say(page, "postgres");
    await expect(conversation(page).getByRole("form", { name: "Missing fields" })).toBeVisible();
    await say(page, `host=${Host} port=${Port}`);
    await expect(card(page).getByText(Host)).toBeVisible();
    await page.reload();
    await expect(conversation(page).getByText("To connect to PostgreSQL, I'll need")).toBeVisible();
    const fields = conversation(page).getByRole("form", { name: "Missing fields" });
    await expect(labelled(fields, "Host")).toHaveCount(0);
    await labelled(fields, "Database").fill(Database);
    await page.getByText("Form", { exact: true }).click();
    const form = page.getByRole("form", { name: "Connection to PostgreSQL" });
    await expect(labelled(form, "Host")).toHaveValue(Host);
    await expect(labelled(form, "Database")).toHaveValue(Database);
    await fillIn(form, rest);
    await form.getByRole("button", { name: "Test the connection" }).click();
    await expect(card(page).getByRole("region", { name: "Streams to load" })).toBeVisible(SLOW);
    await page.getByText("Chat", { exact: true }).click();
    await expect(conversation(page).getByText(/I found 30 tables/)).toBeVisible();
    await page.goto("/data/sources/new");
    await page.getByRole("table", { name: "Unfinished conversations" }).getByRole("link").first().click();
    await expect(card(page).getByRole("region", { name: "Streams to load" })).toBeVisible(SLOW);
  });

  test("shows an answer though an older reading of the conversation arrives after it", async ({ page }) => {
    const talks = "**/api/v1/agents/ingestion/sessions";
    const read = Promise.withResolvers<void>();
    // The page reads no further than the answer: the request ends by itself, or is given up then.
    const ofChat = (request: Request) => request.url().endsWith("/chat");
    const answered = Promise.race([
      page.waitForEvent("requestfinished", ofChat),
      page.waitForEvent("requestfailed", ofChat),
    ]);
    let first = true;
    await page.route(`${talks}/*`, async (route) => {
      if (!first) return route.continue();
      first = false;
      const response = await route.fetch();
      read.resolve();
      await answered;
      // The page may have given this reading up by now.
      await route.fulfill({ response }).catch(() => undefined);
    });
    await page.route(`${talks}/*/chat`, async (route) => {
      await read.promise;
      await route.continue();
    });
    await page.goto("/data/sources/new");
    await say(page, "postgres");
    await expect(conversation(page).getByRole("form", { name: "Missing fields" })).toBeVisible();
    await page.unrouteAll({ behavior: "wait" });
    await expect(conversation(page).getByRole("form", { name: "Missing fields" })).toBeVisible();
  });

  test("takes a pasted connection URL and shows no password of it", async ({ app, page }) => {
    const { Host, Port, Database, Username, Password = "" } = server.fields;
    await page.goto("/data/sources/new");
    await say(page, `postgres://${Username}:${Password}@${Host}:${Port}/${Database}`);
    await expect(card(page).getByRole("region", { name: "Streams to load" })).toBeVisible(SLOW);
    await expect(conversation(page).getByText(`${Host}:${Port}`).first()).toBeVisible();
    await expectNoSecret(page, app, Password);
  });

  test("previews the first rows of a stream before anything is saved", async ({ page }) => {
    const { Host, Port, Database, Username, Password } = server.fields;
    await page.goto("/data/sources/new");
    await say(page, `postgres://${Username}:${Password}@${Host}:${Port}/${Database}`);
    const streams = card(page).getByRole("region", { name: "Streams to load" });
    await streams.getByRole("textbox", { name: "Search streams" }).fill("customers");
    await streams.getByRole("button", { name: "Preview public.customers" }).click();
    const drawer = page.getByRole("dialog");
    await expect(
      drawer.getByRole("table", { name: "First rows of public.customers" }).getByRole("row"),
    ).toHaveCount(6);
    await expect(drawer.getByRole("table", { name: "Columns of public.customers" })).toContainText(
      "id (key)",
    );
    await page.keyboard.press("Escape");
    await expect(streams.getByRole("button", { name: "Preview public.customers" })).toBeFocused();
  });

  test("is started over, and cancelled, after asking", async ({ page }) => {
    await page.goto("/data/sources/new");
    await say(page, "mysql");
    await expect(conversation(page).getByRole("form", { name: "Missing fields" })).toBeVisible();
    await page.getByRole("button", { name: "Start over" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Start over" }).click();
    await expect(card(page).getByText("Step 1 of 5: kind of source")).toBeVisible();
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel it" }).click();
    await page.waitForURL(/\/data\/sources$/);
  });
});

test("a connector that the chat does not guide opens in its form", async ({ app, page }) => {
  await page.goto("/data/sources/new");
  await conversation(page).getByRole("button", { name: "Local files" }).click();
  const form = page.getByRole("form", { name: "Connection to Local files" });
  await expect(form).toBeVisible();
  await form.getByRole("button", { name: "Test the connection" }).click();
  await expect(labelled(form, "Folder")).toBeFocused();
  await expect(form.getByText("Required")).toBeVisible();
  await labelled(form, "Folder").fill(app.files);
  await expect(form.getByText("Required")).toHaveCount(0);
});

test("a conversation that is not there says so and begins again", async ({ page }) => {
  await page.goto("/data/sources/new?session=00000000-0000-4000-8000-000000000000");
  await expect(page.getByText("There is no such conversation")).toBeVisible();
  await page.getByRole("button", { name: "Start again" }).click();
  await expect(conversation(page).getByText("Welcome!")).toBeVisible();
  expect(page.url()).not.toContain("session");
});

test("a viewer is told who may connect a source", async ({ app, browser }) => {
  const answer = await app.api("/api/v1/settings/members", {
    method: "POST",
    body: JSON.stringify({ email: "viewer@example.com", name: "Viewer", roles: ["ROLE_VIEWER"] }),
  });
  const { signInUrl } = (await answer.json()) as { signInUrl: string };
  const { pathname, search } = new URL(signInUrl);
  const context = await browser.newContext({ baseURL: app.url });
  try {
    const page = await context.newPage();
    await signIn(page, { ...app, signInUrl: `${app.url}${pathname}${search}` });
    await page.goto("/data/sources");
    await expect(page.getByRole("heading", { name: "Sources" })).toBeVisible();
    await expect(page.getByRole("link", { name: "New source" })).toHaveCount(0);
    await page.goto("/data/sources/new");
    await expect(page.getByRole("main").getByRole("alert")).toContainText(
      "You don't have permission. Contact your administrator.",
    );
    const refused = await page.request.post("/api/v1/agents/ingestion/sessions", { data: {} });
    expect(refused.status()).toBe(403);
  } finally {
    await context.close();
  }
});
