import type { Page } from "@playwright/test";
import { violationsInEachScheme } from "./accessibility.ts";
import type { App } from "./app.ts";
import { expect, test } from "./fixtures.ts";
import { sendEvent } from "./sample.ts";

/** Erases by the page's own dialog: the id typed, a reason given. */
async function erase(page: Page, id: string, reason: string): Promise<void> {
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Reason").fill(reason);
  await expect(dialog.getByRole("button", { name: "Erase", exact: true })).toBeDisabled();
  await dialog.getByLabel(/^Type/).fill(id);
  await dialog.getByRole("button", { name: "Erase", exact: true }).click();
  await expect(dialog).toBeHidden();
}

async function talk(app: App, session: string, texts: string[]): Promise<string[]> {
  const ids = texts.map((_, at) => `${session}_${at}`);
  for (const [at, text] of texts.entries()) {
    await sendEvent(app, {
      event_id: ids[at] ?? "",
      agent_id: `${session}_agent`,
      session_id: session,
      event_type: at % 2 === 0 ? "user_message" : "assistant_message",
      causal_refs: at > 0 ? [ids[at - 1] ?? ""] : [],
      payload: { text, artifact_uri: `s3://bucket/${session}/${at}` },
      visibility: "tenant",
    });
  }
  return ids;
}

test("the tail shows an event within a second, and holds it back while paused", async ({ app, page }) => {
  await talk(app, "tail", ["first of the tail"]);
  await page.goto("/memory?tab=tail&session=tail");
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  const rows = page.getByRole("list", { name: "Newest events first" }).getByRole("button");
  await expect(rows).toHaveCount(1);

  await sendEvent(app, { event_id: "tail_live", session_id: "tail", payload: { text: "just now" } });
  await expect(rows.first()).toContainText("just now", { timeout: 1_000 });

  await page.getByRole("button", { name: "Pause" }).click();
  await sendEvent(app, { event_id: "tail_wait_1", session_id: "tail", payload: { text: "held back" } });
  await sendEvent(app, { event_id: "tail_wait_2", session_id: "tail", payload: { text: "held back too" } });
  await expect(page.getByText("2 waiting")).toBeVisible();
  await expect(rows).toHaveCount(2);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(rows.first()).toContainText("held back too");
  await expect(rows).toHaveCount(4);

  await rows.first().focus();
  await page.keyboard.press("ArrowDown");
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press("Enter");
  const drawer = page.getByRole("dialog");
  await expect(drawer).toContainText('"text": "held back"');
  await page.keyboard.press("Escape");
  await expect(drawer).toBeHidden();
  await page.reload();
  await expect(rows).toHaveCount(4);
});

test("what is remembered last shows a memory within seconds of its event", async ({ app, page }) => {
  await talk(app, "there", ["Dunlins came before"]);
  await page.goto("/memory");
  await expect(page.getByRole("heading", { name: "Remembered last" })).toBeVisible();
  await talk(app, "arrives", ["Plovers nest on shingle"]);
  await expect(page.getByRole("link", { name: "Plovers nest on shingle" })).toBeVisible({ timeout: 4_000 });
});

test("search finds it with its reasons, the graph opens, and what is erased is a tombstone", async ({
  app,
  page,
  complaints,
}) => {
  const [first = "", second = ""] = await talk(app, "walk", [
    "The zeppelin invoices are paid on Fridays",
    "Then Thursday's run has to load them",
    "Agreed",
  ]);
  const memory = `mem_${second}`;

  await test.step("by words, from the box", async () => {
    await page.goto("/memory");
    await page.getByRole("searchbox").fill("zeppelin invoices");
    const hit = page.getByRole("listitem").filter({ hasText: "zeppelin" }).first();
    await expect(hit).toContainText("Why this:");
    await expect(hit.locator("mark")).toHaveText(["zeppelin", "invoices"]);
    await expect(page).toHaveURL(/q=zeppelin\+invoices/);
    await hit.getByRole("link").click();
    await page.waitForURL(`**/memory/mem_${first}`);
  });

  await test.step("its conversation, its event, its graph", async () => {
    await expect(page.getByRole("region", { name: "Text" })).toContainText("zeppelin");
    await page.getByRole("link", { name: "Then Thursday's run" }).click();
    await page.waitForURL(`**/memory/${memory}`);
    await page.getByRole("tab", { name: "Event" }).click();
    await expect(page.getByRole("tabpanel")).toContainText(`"event_id": "${second}"`);
    await page.getByRole("tab", { name: "Graph" }).click();
    const graph = page.getByRole("region", { name: "Graph around this memory" });
    await expect(graph.getByText("This memory")).toBeVisible();
    await expect(graph.getByText("walk_agent")).toBeVisible();
    await expect(graph.getByText("derived from").first()).toBeVisible();
    await page.getByRole("tab", { name: "Versions" }).click();
    await expect(page.getByRole("table", { name: "Versions" })).toContainText("ingest:assistant_message");
  });

  await test.step("⌘K finds it too", async () => {
    await page.keyboard.press("ControlOrMeta+K");
    await page.getByRole("textbox", { name: "Search" }).fill("zeppelin");
    await expect(page.getByRole("dialog").getByText("The zeppelin invoices are paid")).toBeVisible();
    await page.keyboard.press("Escape");
  });

  expect(complaints).toEqual([]);

  await test.step("erase it", async () => {
    await page.goto(`/memory/mem_${first}`);
    await page.getByRole("button", { name: "Erase" }).click();
    await erase(page, `mem_${first}`, "asked by the author");
    await page.waitForURL("**/memory");
    await page.getByRole("searchbox").fill("zeppelin");
    await expect(page.getByText("Nothing is remembered of that")).toBeVisible();
    await page.goto("/memory?tab=tail&session=walk");
    const row = page.getByRole("button", { name: /Erased: asked by the author/ });
    await expect(row).toBeVisible();
    await row.click();
    await expect(page.getByRole("dialog")).not.toContainText("zeppelin");
    await page.goto(`/memory/mem_${first}`);
    await expect(page.getByRole("heading", { name: "There is no such memory" })).toBeVisible();
  });

  await test.step("and everything of its session", async () => {
    await page.goto("/memory?tab=agents");
    await page.getByRole("button", { name: "Erase everything of walk", exact: true }).click();
    await erase(page, "walk", "the project ended");
    await page.goto("/memory?tab=tail&session=walk");
    await expect(page.getByRole("button", { name: /Erased: the project ended/ })).toHaveCount(2);
  });
});

test("a viewer finds what the tenant may see, and is not offered to erase", async ({ app, browser }) => {
  const [first = ""] = await talk(app, "viewed", ["Herons wade at dawn"]);
  await sendEvent(app, { event_id: "viewed_private", payload: { text: "Herons are a secret" } });
  const answer = await app.api("/api/v1/settings/members", {
    method: "POST",
    body: JSON.stringify({ email: "viewer@example.test", name: "Reader", roles: ["ROLE_VIEWER"] }),
  });
  expect(answer.status).toBe(201);
  const { signInUrl } = (await answer.json()) as { signInUrl: string };
  const context = await browser.newContext({ baseURL: app.url });
  const page = await context.newPage();
  const { pathname, search } = new URL(signInUrl);
  await page.goto(pathname + search);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await page.goto("/memory?q=herons");
  await expect(page.getByRole("status").filter({ hasText: "1 memory" })).toBeVisible();
  await page.goto(`/memory/mem_${first}`);
  await expect(page.getByRole("region", { name: "Text" })).toContainText("Herons wade");
  await expect(page.getByRole("button", { name: "Erase" })).toHaveCount(0);
  await page.goto("/memory/mem_viewed_private");
  await expect(page.getByRole("heading", { name: "There is no such memory" })).toBeVisible();
  await page.goto("/memory?tab=agents");
  await expect(page.getByRole("link", { name: "Live tail of viewed", exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: /^Erase/ })).toHaveCount(0);
  await context.close();
});

test("the tail goes on where it was after its connection was lost", async ({ app, page, context }) => {
  await talk(app, "lost", ["before"]);
  await page.goto("/memory?tab=tail&session=lost");
  const rows = page.getByRole("list", { name: "Newest events first" }).getByRole("button");
  await expect(rows).toHaveCount(1);
  await context.setOffline(true);
  await sendEvent(app, { event_id: "lost_1", session_id: "lost", payload: { text: "while it was away" } });
  await context.setOffline(false);
  await sendEvent(app, { event_id: "lost_2", session_id: "lost", payload: { text: "and after" } });
  await expect(rows).toHaveCount(3);
  await expect(rows.nth(1)).toContainText("while it was away");
});

test("what opens on the pages of memory is accessible", async ({ app, page }) => {
  await talk(app, "axe", ["Pelicans fly south", "So they do"]);
  await page.goto("/memory?q=pelicans");
  await expect(page.getByRole("listitem").filter({ hasText: "Pelicans" }).first()).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);

  await page.goto("/memory?tab=tail");
  await expect(page.getByRole("status").filter({ hasText: "Live" })).toBeVisible();
  await page
    .getByRole("button", { name: /So they do/ })
    .first()
    .click();
  await expect(page.getByRole("dialog")).toContainText("event_id");
  expect(await violationsInEachScheme(page)).toEqual([]);

  await page.goto("/memory/mem_axe_1?view=graph");
  await expect(page.getByText("This memory", { exact: true })).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);
  await page.getByRole("button", { name: "Erase" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await violationsInEachScheme(page)).toEqual([]);
});
