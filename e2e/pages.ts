import path from "node:path";
import { expect, test as signedIn } from "./fixtures.ts";
import {
  createPipeline,
  loadFile,
  readProgress,
  requestRun,
  saveFolder,
  sendEvent,
  writeOrders,
} from "./sample.ts";

/** Every page by a name, with something on it: a pipeline that has run, its run and its table. */
export type Pages = Record<string, string>;

/** The test with {@link Pages} of an application that has been used. */
export const test = signedIn.extend<object, { pages: Pages }>({
  pages: [
    async ({ app }, use) => {
      const { file } = writeOrders(path.join(app.files, "pages"));
      const pipeline = await createPipeline(app, loadFile("pages-orders", file, "shop.orders"));
      const run = await requestRun(app, pipeline);
      await expect
        .poll(async () => (await readProgress(app, pipeline, run)).status, { timeout: 60_000 })
        .toBe("completed");
      const memory = await sendEvent(app, {
        event_id: "evt_pages",
        agent_id: "pages_agent",
        session_id: "pages_session",
        event_type: "user_message",
        payload: { text: "Orders of a holiday arrive a day late" },
      });
      const source = await saveFolder(app, "Folder of pages");
      await use({
        overview: "/",
        sources: "/data/sources",
        source: `/data/sources/${source}`,
        "new source": "/data/sources/new",
        "new source, form": "/data/sources/new?mode=form",
        pipelines: "/data/pipelines",
        pipeline: `/data/pipelines/${pipeline}`,
        "pipeline, IR": `/data/pipelines/${pipeline}?tab=ir`,
        "pipeline, runs": `/data/pipelines/${pipeline}?tab=runs`,
        "pipeline, versions": `/data/pipelines/${pipeline}?tab=versions`,
        runs: "/data/runs",
        run: `/data/runs/${run}`,
        tables: "/data/tables",
        table: "/data/tables/shop.orders",
        memory: "/memory",
        "memory, search": "/memory?q=orders",
        "memory, agents": "/memory?tab=agents",
        "one memory": `/memory/${memory}`,
        "one memory, graph": `/memory/${memory}?view=graph`,
        audit: "/audit",
        settings: "/settings",
        "settings, alerts": "/settings?tab=alerts",
        "API reference": "/docs/api",
      });
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

/** The names, for a test per page. */
export const pageNames = [
  "overview",
  "sources",
  "source",
  "new source",
  "new source, form",
  "pipelines",
  "pipeline",
  "pipeline, IR",
  "pipeline, runs",
  "pipeline, versions",
  "runs",
  "run",
  "tables",
  "table",
  "memory",
  "memory, search",
  "memory, agents",
  "one memory",
  "one memory, graph",
  "audit",
  "settings",
  "settings, alerts",
  "API reference",
] as const;

/** Opens a page by its name and waits until nothing is loading. */
export async function open(page: import("@playwright/test").Page, pages: Pages, name: string): Promise<void> {
  const at = pages[name];
  if (!at) throw new Error(`There is no page ${name}`);
  await page.goto(at);
  await expect(page.getByRole("heading", { level: 1 }).first()).toBeVisible();
  await page.waitForLoadState("networkidle");
}
