import type { Locator, Page } from "@playwright/test";
import { type ModelWire, startModelWire, type WireCall } from "#tests/model-wire.ts";
import type { App } from "./app.ts";
import { expect, test as signedIn } from "./fixtures.ts";
import { createPipeline, loadFile, writeOrders } from "./sample.ts";

/** A key that must not come back from the server. */
export const KEY = "wire-key-that-is-shown-to-nobody";

/** The test with a provider of its own. Who answers is the default again after it. */
export const test = signedIn.extend<{ wire: ModelWire }>({
  wire: async ({ app }, use) => {
    const wire = await startModelWire();
    await use(wire);
    await app.api("/api/v1/settings/ai", { method: "DELETE" });
    await wire.close();
  },
});

/** Lets the wire server answer, as a program does that chooses it. */
export async function chooseWire(app: App, wire: ModelWire): Promise<void> {
  const choice = { provider: "openai-compatible", model: "local", baseUrl: `${wire.url}/v1`, key: KEY };
  const answer = await app.api("/api/v1/settings/ai", { method: "PUT", body: JSON.stringify(choice) });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
}

type Op = { op: string; path: string; from?: string; value?: unknown };

/** What a model writes to propose this patch. */
export function proposing(rationale: string, ...patch: Op[]) {
  const operations = patch.map(({ op, path, from, value }) => ({
    op,
    path,
    from: from ?? null,
    valueJson: value === undefined ? null : JSON.stringify(value),
  }));
  return { json: { rationale, patch: operations } };
}

/** What a model writes that does what the test of a connection asks for. */
export const ready = () => proposing("Adds the member.", { op: "add", path: "/ready", value: true });

/** The check of the seed's example, on what {@link ordersPipeline} reads. */
export function rowCheck(input = "file"): Op {
  const datasetLevel = { rowCount: { min: 100, onFail: "abort" } };
  return { op: "add", path: "/nodes/-", value: { id: "v", kind: "validate", input, datasetLevel } };
}

/** Reads the target of {@link ordersPipeline} from that check. */
export const behindCheck: Op = { op: "replace", path: "/nodes/1/input", value: "v" };

/** Runs it every hour. */
export const hourly: Op = { op: "add", path: "/schedule", value: { kind: "interval", minutes: 60 } };

/** A pipeline of two nodes, `file` and `table`, over a file of that many rows. @returns its id */
export async function ordersPipeline(app: App, id: string, rows = 120): Promise<string> {
  const { file } = writeOrders(`${app.files}/${id}`, rows);
  return createPipeline(app, loadFile(id, file, `proposals.${id.replaceAll("-", "_")}`));
}

/** The version that is current, and its document. */
export async function readIr(
  app: App,
  pipeline: string,
): Promise<{ version: number; ir: Record<string, unknown> & { nodes: { id: string; input?: string }[] } }> {
  const answer = await app.api(`/api/v1/pipelines/${pipeline}/ir`);
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

/** The assistant's panel. */
export const panelOf = (page: Page) => page.getByRole("region", { name: "Review of changes" });

/** Where one writes to it. */
export const boxOf = (page: Page) =>
  panelOf(page).getByRole("textbox", { name: /^(Describe a change|Refine the proposal)$/ });

/** Opens a pipeline with the panel beside it. */
export async function openPanel(page: Page, pipeline: string): Promise<Locator> {
  await page.goto(`/data/pipelines/${pipeline}`);
  await expect(page.getByRole("button", { name: "Run now" })).toBeVisible();
  await page.keyboard.press("ControlOrMeta+I");
  await expect(boxOf(page)).toBeFocused();
  return panelOf(page);
}

/** Asks for a change. */
export async function ask(page: Page, message: string): Promise<void> {
  await boxOf(page).fill(message);
  await boxOf(page).press("Enter");
}

/** All that a provider was told in one call. */
export const toldTo = (call: WireCall | undefined): string =>
  JSON.stringify(call?.body ?? {}).replaceAll("\\", "");
