import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { App } from "./app.ts";

/** A CSV file with its content as a browser of tables should show it. */
export type SampleFile = { file: string; columns: string[]; rows: string[][]; bytes: number };

/** Writes orders.csv with some rows into a folder that pipelines may read. */
export function writeOrders(folder: string, count = 40): SampleFile {
  mkdirSync(folder, { recursive: true });
  const columns = ["order_id", "ordered_on", "quantity", "amount"];
  const rows = Array.from({ length: count }, (_, at) => [
    String(1001 + at),
    new Date(Date.UTC(2026, 0, 1 + at)).toISOString().slice(0, 10),
    String((at % 5) + 1),
    ((at * 137 + 250) / 100).toFixed(2),
  ]);
  const text = [columns, ...rows].map((row) => `${row.join(",")}\n`).join("");
  const file = path.join(folder, "orders.csv");
  writeFileSync(file, text);
  return { file, columns, rows, bytes: text.length };
}

/** An IR that loads a CSV file into a table of the built-in warehouse. */
export function loadFile(id: string, file: string, table: string): Record<string, unknown> {
  return {
    kind: "pipeline",
    version: "1.0",
    id,
    metadata: { name: `Load ${id}` },
    nodes: [
      {
        id: "file",
        kind: "source",
        connector: "local_fs",
        config: { path: file, format: { type: "csv", header: true } },
      },
      { id: "table", kind: "target", input: "file", schema: table, loadMode: "truncate" },
    ],
  };
}

/** Creates a pipeline. @returns its id */
export async function createPipeline(app: App, ir: Record<string, unknown>): Promise<string> {
  const answer = await app.api("/api/v1/pipelines", {
    method: "POST",
    body: JSON.stringify({ irVersion: "1.0", ir }),
  });
  const body = (await answer.json()) as { id: string; executable: boolean };
  if (answer.status !== 201 || !body.executable) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  return body.id;
}

/** Asks for a run. @returns its id */
export async function requestRun(app: App, pipelineId: string): Promise<string> {
  const answer = await app.api(`/api/v1/pipelines/${pipelineId}/run`, { method: "POST", body: "{}" });
  if (answer.status !== 202) throw new Error(`${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { runId: string }).runId;
}

/** A run's progress, as the API gives it. */
export type Progress = {
  status: string;
  attempt: number;
  rowsRead: number;
  rowsOut: number;
  error: { code: string; message: string } | null;
  ledger: {
    balanced: boolean;
    read: number;
    loaded: number;
    rejected: number;
    filtered: number;
    deduplicated: number;
  } | null;
};

export async function readProgress(app: App, pipelineId: string, runId: string): Promise<Progress> {
  const answer = await app.api(`/api/v1/pipelines/${pipelineId}/runs/${runId}/progress`);
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Progress;
}

/** Sends one event. @returns the id of the memory it became */
export async function sendEvent(
  app: App,
  event: { event_id: string; [field: string]: unknown },
): Promise<string> {
  const answer = await app.api("/v1/ingest/events", { method: "POST", body: JSON.stringify(event) });
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { memory_id: string }).memory_id;
}

/** Saves a source: the folder of files that pipelines may read. @returns its name */
export async function saveFolder(app: App, title: string): Promise<string> {
  const answer = await app.api("/api/v1/sources", {
    method: "POST",
    body: JSON.stringify({ connector: "local_fs", title, fields: { path: app.files } }),
  });
  if (answer.status !== 201) throw new Error(`${answer.status} ${await answer.text()}`);
  return ((await answer.json()) as { name: string }).name;
}
