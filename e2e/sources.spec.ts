import type { Page } from "@playwright/test";
import pg from "pg";
import { findPostgres, type PostgresServer, startPostgres } from "#tests/services.ts";
import { violationsInEachScheme } from "./accessibility.ts";
import type { App } from "./app.ts";
import { expect, test } from "./fixtures.ts";

const TABLES = 420;
/** What one page of the catalogue holds. */
const PAGE = 50;
const SECRET = "s3cret-of-a-saved-source";

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const over = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(over).toBe(0);
}

/** Saves a source as a program does. @returns its name */
async function saveSource(app: App, input: Record<string, unknown>): Promise<string> {
  const answer = await app.api("/api/v1/sources", { method: "POST", body: JSON.stringify(input) });
  const body = (await answer.json()) as { name: string };
  if (answer.status !== 201) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  return body.name;
}

test.describe("a saved source", () => {
  test.skip(!findPostgres(), "PostgreSQL is not installed");
  let server: PostgresServer;

  test.beforeAll(async () => {
    test.setTimeout(120_000);
    server = await startPostgres();
    await server.createDatabase("shop");
    const client = new pg.Client({ connectionString: server.databaseUrl("shop") });
    await client.connect();
    const name = (at: number) => `t_${String(at).padStart(4, "0")}`;
    await client.query(
      Array.from(
        { length: TABLES },
        (_, at) => `create table ${name(at + 1)} (id bigint primary key, v text);`,
      ).join("\n"),
    );
    await client.query("insert into t_0001 select at, 'row ' || at from generate_series(1, 9) at");
    await client.query(`create role reader login password '${SECRET}'`);
    await client.query("grant select on all tables in schema public to reader");
    await client.end();
  });
  test.afterAll(async () => server?.stop());

  const fields = () => ({
    host: "127.0.0.1",
    port: server.port,
    database: "shop",
    username: "reader",
    password: SECRET,
  });
  const save = (app: App, title: string, changed = {}) =>
    saveSource(app, { connector: "postgres", title, fields: { ...fields(), ...changed } });

  test("is found in the list and in the search, and tested stage by stage", async ({
    app,
    page,
    complaints,
  }) => {
    await save(app, "Herons");
    await save(app, "Kingfishers");
    await page.goto("/data/sources");
    await page.getByRole("textbox", { name: "Search sources" }).fill("heron");
    const rows = page.getByRole("table", { name: "Sources" }).getByRole("row");
    await expect(rows).toHaveCount(2);
    await expect(rows.nth(1)).toContainText("Not tested");
    await expect(rows.nth(1)).toContainText("PostgreSQL");
    await expect(rows.nth(1)).toContainText("Nothing yet");
    const typed = Promise.withResolvers<void>();
    await page.route(/\/api\/v1\/sources\?limit=100$/, async (route) => {
      await typed.promise;
      await route.continue();
    });
    await page.keyboard.press("ControlOrMeta+K");
    const search = page.getByRole("dialog");
    await search.getByRole("textbox", { name: "Search", exact: true }).fill("herons");
    await expect(search.getByText("Searching…")).toBeVisible();
    typed.resolve();
    await expect(search.getByText("herons", { exact: true })).toBeVisible();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/data\/sources\/herons$/);
    await page.getByRole("button", { name: "Test it" }).click();
    const stages = page.getByRole("list", { name: "Stages of the test" });
    await expect(stages.getByLabel("passed").first()).toBeVisible();
    await expect(
      stages.getByRole("listitem").filter({ hasText: "First row" }).getByLabel("passed"),
    ).toBeVisible();
    await expect(page.getByText("Works", { exact: true })).toBeVisible();
    await expect(page.getByRole("button", { name: "Test again" })).toBeVisible();
    expect(complaints).toEqual([]);
  });

  test("found late leaves the search's selection where somebody has moved it", async ({ app, page }) => {
    await save(app, "Sea eagles");
    const moved = Promise.withResolvers<void>();
    await page.route(/\/api\/v1\/sources\?limit=100$/, async (route) => {
      await moved.promise;
      await route.continue();
    });
    await page.goto("/data/sources");
    await page.keyboard.press("ControlOrMeta+K");
    const search = page.getByRole("dialog");
    await search.getByRole("textbox", { name: "Search", exact: true }).fill("se");
    const selected = search.locator("[data-selected]");
    await expect(selected).toHaveText(/se/i);
    const first = (await selected.textContent()) ?? "";
    await page.keyboard.press("ArrowDown");
    await expect(selected).not.toHaveText(first);
    const second = (await selected.textContent()) ?? "";
    moved.resolve();
    await expect(search.getByText("Sea eagles", { exact: true })).toBeVisible();
    await expect(selected).toHaveText(second);
  });

  test("that cannot be reached says at which stage, and what to do", async ({ app, page }) => {
    await page.goto(`/data/sources/${await save(app, "Wrong password", { password: "another" })}`);
    await page.getByRole("button", { name: "Test it" }).click();
    const stages = page.getByRole("list", { name: "Stages of the test" });
    await expect(
      stages.getByRole("listitem").filter({ hasText: "Sign-in" }).getByLabel("failed"),
    ).toBeVisible();
    await expect(stages.getByRole("listitem").filter({ hasText: "Privileges" })).toContainText("Not reached");
    await expect(page.getByText("Does not work")).toBeVisible();
    await expect(
      page
        .getByRole("alert")
        .filter({ hasText: /password/i })
        .first(),
    ).toBeVisible();
  });

  test("lists its streams page by page, and keeps only those near the reader", async ({ app, page }) => {
    const asked: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/streams?")) asked.push(request.url());
    });
    await page.goto(`/data/sources/${await save(app, "Many tables")}`);
    await expect(page.getByText(`${TABLES} streams`)).toBeVisible({ timeout: 30_000 });
    const list = page.getByRole("list", { name: "Streams" });
    await expect(list.getByText("public.t_0001")).toBeVisible();
    expect(asked).toHaveLength(1);
    expect(await list.getByRole("listitem").count()).toBeLessThan(PAGE);

    const frame = list.locator("..");
    const scroll = (to: number) => frame.evaluate((element, top) => element.scrollTo({ top }), to);
    const last = `public.t_${String(TABLES).padStart(4, "0")}`;
    await expect(async () => {
      await scroll(Number.MAX_SAFE_INTEGER);
      await expect(list.getByText(last)).toBeVisible({ timeout: 500 });
    }).toPass({ timeout: 60_000 });
    expect(asked.length).toBe(Math.ceil(TABLES / PAGE));
    // What was left behind is forgotten: it is asked for again.
    await expect(async () => {
      await scroll(Number.MAX_SAFE_INTEGER);
      await scroll(0);
      await expect(list.getByText("public.t_0001")).toBeVisible({ timeout: 2_000 });
      expect(asked.length).toBeGreaterThan(Math.ceil(TABLES / PAGE));
      await scroll(Number.MAX_SAFE_INTEGER);
    }).toPass({ timeout: 30_000, intervals: [6_000] });

    await page.getByRole("textbox", { name: "Search streams" }).fill("t_0042");
    await expect(list.getByRole("listitem")).toHaveCount(1);
    await page.getByRole("textbox", { name: "Search streams" }).fill("t_0001");
    await page.getByRole("button", { name: "Preview public.t_0001" }).click();
    const rows = page
      .getByRole("dialog")
      .getByRole("table", { name: "First rows of public.t_0001" })
      .getByRole("row");
    await expect(rows).toHaveCount(6);
  });

  test("asks for its secret again when it shall go elsewhere, and never shows it", async ({ app, page }) => {
    const name = await save(app, "To be moved");
    await page.goto(`/data/sources/${name}`);
    await page.getByRole("button", { name: "Edit" }).click();
    const dialog = page.getByRole("dialog");
    const password = dialog.getByLabel(/^Password/);
    await expect(password).toHaveCount(0);
    await dialog.getByLabel("Schema").fill("public");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await expect(page.getByRole("definition").filter({ hasText: "public" })).toBeVisible();

    await page.getByRole("button", { name: "Edit" }).click();
    await dialog.getByLabel(/^Host/).fill("localhost");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(password).toBeFocused();
    await expect(password).toHaveAttribute("type", "password");
    await expect(dialog.getByText(/Give it again/)).toBeVisible();
    await password.fill(SECRET);
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await page.getByRole("button", { name: "Test it" }).click();
    await expect(page.getByText("Works", { exact: true })).toBeVisible();

    await page.getByRole("button", { name: "Rotate secrets" }).click();
    await password.fill("no longer right");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
    await page.getByRole("button", { name: /^Test/ }).click();
    await expect(page.getByText("Does not work")).toBeVisible();
    expect(await page.content()).not.toContain(SECRET);
    expect(app.log()).not.toContain(SECRET);
  });

  test("is renamed, and deleted once its name is typed", async ({ app, page }) => {
    await page.goto(`/data/sources/${await save(app, "Short lived")}`);
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Rename" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("textbox", { name: "Title" }).fill("Another title");
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("heading", { name: "Another title" })).toBeVisible();
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await expect(dialog.getByRole("button", { name: "Delete" })).toBeDisabled();
    await dialog.getByRole("textbox").fill("short-lived");
    await dialog.getByRole("button", { name: "Delete" }).click();
    await page.waitForURL(/\/data\/sources$/);
    await expect(page.getByText("Another title", { exact: true })).toHaveCount(0);
  });

  test("in use is not deleted: the pipelines that read from it are named", async ({ app, page }) => {
    const source = await save(app, "In use");
    const ir = {
      kind: "pipeline",
      version: "1.0",
      id: "reads-in-use",
      metadata: { name: "Reads what is in use" },
      nodes: [
        {
          id: "rows",
          kind: "source",
          connector: "postgres",
          sourceRef: source,
          config: { stream: "public.t_0001", syncMode: "full_refresh" },
        },
        { id: "table", kind: "target", input: "rows", schema: "in_use.t_0001", loadMode: "truncate" },
      ],
    };
    const made = await app.api("/api/v1/pipelines", {
      method: "POST",
      body: JSON.stringify({ irVersion: "1.0", ir }),
    });
    expect(made.status, await made.clone().text()).toBe(201);
    await page.goto(`/data/sources/${source}`);
    await expect(page.getByRole("link", { name: "Reads what is in use" })).toBeVisible();
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog", { name: "This source is in use" });
    await expect(dialog.getByRole("link", { name: "Reads what is in use" })).toBeVisible();
    const refused = await app.api(`/api/v1/sources/${source}`, { method: "DELETE" });
    expect(refused.status).toBe(409);
  });

  for (const width of [1280, 360]) {
    test(`is accessible at every step, ${width} wide`, async ({ app, page }) => {
      test.setTimeout(150_000);
      await page.setViewportSize({ width, height: 800 });
      const look = async (where: string) => {
        expect.soft(await violationsInEachScheme(page), where).toEqual([]);
        await expectNoSidewaysScroll(page);
      };
      const name = await save(app, `Looked at ${width}`);
      await page.goto(`/data/sources/${name}`);
      await expect(page.getByText("public.t_0001")).toBeVisible({ timeout: 30_000 });
      await page.getByRole("button", { name: "Test it" }).click();
      await expect(page.getByText("Works", { exact: true })).toBeVisible();
      await look("source");
      await page.getByRole("button", { name: "Edit" }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
      await look("edit");

      await page.goto("/data/sources/new");
      const composer = page.getByRole("textbox", { name: "Message to the set-up agent" });
      await expect(composer).toBeVisible();
      await look("welcome");
      await composer.fill("postgres");
      await composer.press("Enter");
      await expect(page.getByRole("form", { name: "Missing fields" })).toBeVisible();
      await look("fields");
      const { username, password, host, port, database } = fields();
      await composer.fill(`postgres://${username}:wrong@${host}:${port}/${database}`);
      await composer.press("Enter");
      await expect(page.getByLabel("failed")).toBeVisible({ timeout: 30_000 });
      await look("failed");
      await page.getByText("Form", { exact: true }).click();
      await expect(page.getByRole("form", { name: "Connection to PostgreSQL" })).toBeVisible();
      await look("form");
      await page.getByLabel(/^Password/).fill(password);
      await page.getByRole("button", { name: "Test the connection" }).click();
      await expect(page.getByRole("region", { name: "Streams to load" })).toBeVisible({
        timeout: 30_000,
      });
      await page.getByRole("checkbox", { name: /^public\.t_0001/ }).check();
      await look("streams");
      await page.getByRole("button", { name: "Preview public.t_0001" }).click();
      await expect(page.getByRole("table", { name: "First rows of public.t_0001" })).toBeVisible();
      await look("preview");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "Take 1 stream" }).click();
      await expect(page.getByRole("region", { name: "Schedule" })).toBeVisible();
      await look("sync");
      await page.getByRole("button", { name: "Every hour" }).click();
      await expect(page.getByRole("region", { name: "Review" })).toBeVisible();
      await look("review");
    });
  }
});
