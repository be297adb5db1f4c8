import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import {
  editQuarantineRow,
  listQuarantine,
  readTable,
  replayQuarantine,
  runPipeline,
} from "#lib/runtime/index.ts";
import type { EditQuarantineInput, QuarantinedRow } from "#lib/runtime/schema.ts";
import { type DatabaseTest, uniqueId } from "./factories.ts";
import { progress, status, until } from "./run-kit.ts";

/** A node of a document. */
export type Node = Record<string, unknown> & { id: string };

/** Runs of small pipelines over files of a folder, and what their quarantine holds. */
export function replayKit({ database, testCtx }: DatabaseTest) {
  let folder = "";
  let stopped: (() => Promise<void>) | undefined;
  const start = async () => {
    stopped = await workRuns(runPipeline, { database: database() });
  };
  const stop = async () => {
    await stopped?.();
    stopped = undefined;
  };
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const ended = async (ctx: Ctx, runId: string) => {
    await until(async () => !["queued", "running"].includes(await status(ctx, runId)));
    return progress(ctx, runId);
  };
  const run = async (ctx: Ctx, pipelineId: string) => {
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    return { runId, run: await ended(ctx, runId) };
  };
  const rows = async (ctx: Ctx, runId: string, more: { state?: QuarantinedRow["state"] } = {}) =>
    (await listQuarantine({ ctx, input: { runId, limit: 100, ...more } })).data.toSorted(
      (a, b) => Number(a.rowNumber) - Number(b.rowNumber),
    );
  return {
    start,
    stop,
    ended,
    run,
    rows,
    /** Only the tenant of a fresh install may read the system's temporary folder. */
    demo: (given: Partial<Ctx> = {}) => testCtx({ tenant: "t_demo", ...given }),
    table: () => `shop.${uniqueId("tab")}`,
    put: (name: string, text: string) => writeFileSync(path.join(folder, `${name}.csv`), text),
    source: (id = "orders", columns = "id bigint, email string, amount integer"): Node => ({
      id,
      kind: "source",
      connector: "local_fs",
      config: {
        path: path.join(folder, `${id}.csv`),
        format: {
          type: "csv",
          columns: columns
            .split(", ")
            .map((text) => ({ name: text.split(" ")[0], type: text.split(" ")[1] })),
        },
      },
    }),
    check: (input = "orders", more: Record<string, unknown> = {}): Node => ({
      id: "check",
      kind: "validate",
      input,
      rowLevel: [{ id: "mail", field: "email", rule: "email" }],
      ...more,
    }),
    target: (input: string, schema: string, more: Record<string, unknown> = {}): Node => ({
      id: "out",
      kind: "target",
      input,
      schema,
      loadMode: "append",
      ...more,
    }),
    /** Publishes a pipeline and runs it once. */
    ran: async (ctx: Ctx, nodes: Node[]) => {
      const id = uniqueId("p");
      const ir = { kind: "pipeline", version: "1.0", id, metadata: { name: id }, nodes };
      const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
      return { pipelineId, ...(await run(ctx, pipelineId)) };
    },
    edit: (ctx: Ctx, row: QuarantinedRow | undefined, runId: string, fields: EditQuarantineInput["row"]) =>
      editQuarantineRow({ ctx, input: { runId, rowId: row?.id ?? "", row: fields } }),
    replay: async (ctx: Ctx, runId: string, rowIds?: string[]) => {
      const asked = await replayQuarantine({ ctx, input: { runId, rowIds } });
      return { ...asked, run: await ended(ctx, asked.runId) };
    },
    /** One column of a table, in order. */
    column: async (ctx: Ctx, table: string, name = "id") =>
      (await readTable({ ctx, input: { table, limit: 500 } })).rows
        .map((row) => String(row[name]))
        .toSorted(),
    states: async (ctx: Ctx, runId: string) => (await rows(ctx, runId)).map(({ state }) => state),
  };
}
