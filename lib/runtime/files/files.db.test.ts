import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { cancelRun, getRunLog, publishVersion, requestRun, retryRun, workRuns } from "#lib/runs/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { readTable } from "../read-table.ts";
import { runPipeline } from "../run-pipeline.ts";
import { settleEndedRuns } from "./settle-ended-runs.ts";

const columns = [{ name: "id", type: "integer" }];

withDatabase("files of a run", ({ database, testCtx }) => {
  let folder: string;
  let stop: () => Promise<void>;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    mkdirSync(path.join(folder, "in"));
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    await database().db.takenFile.deleteMany({});
    stop = await workRuns(runPipeline, { database: database() });
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Only the tenant of a fresh install may use the system's temporary folder. */
  const demo = () => testCtx({ tenant: "t_demo" });
  const at = (...parts: string[]) => path.join(folder, ...parts);
  const put = (name: string, content: string | Buffer) => writeFileSync(at("in", name), content);
  /** Every file of the test's folder, with the mark of staged ones left out. */
  const lying = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => path.relative(folder, path.join(parentPath, name)))
      .sort();
  const folders = () => ({
    stagingFolder: at("staging"),
    successFolder: at("done"),
    failureFolder: at("failed"),
  });

  async function pipeline(ctx: Ctx, config: object, more: { nodes?: object[]; retry?: number } = {}) {
    const table = `shop.${uniqueId("tab")}`;
    const ir = {
      kind: "pipeline",
      version: "1.0",
      id: uniqueId("p").replace("_", "-"),
      metadata: { name: "P" },
      nodes: [
        {
          id: "src",
          kind: "source",
          connector: "local_fs",
          config: {
            path: at("in"),
            pattern: { type: "glob", value: "*.csv" },
            format: { type: "csv", columns },
            ...config,
          },
        },
        { id: "out", kind: "target", input: "src", schema: table, loadMode: "append" },
        ...(more.nodes ?? []),
      ],
      ...(more.retry && { errorHandling: { retry: { maxAttempts: more.retry, backoff: "fixed" } } }),
    };
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    const ids = async () => {
      const { rows } = await readTable({ ctx, input: { table } });
      return rows.map((row) => Number(row.id)).sort((a, b) => a - b);
    };
    const start = async () => (await requestRun({ ctx, input: { pipelineId } })).runId;
    const run = async () => ended(ctx, await start());
    return { pipelineId, table, ids, start, run };
  }

  async function ended(ctx: Ctx, runId: string) {
    await until(async () => !["queued", "running"].includes(await status(ctx, runId)));
    // The worker does it too: at once, or after a crash.
    await settleEndedRuns(database().db, new Map());
    await until(async () => (await ctx.db.takenFile.count({ where: { runId, settledAt: null } })) === 0);
    return progress(ctx, runId);
  }

  const journal = (ctx: Ctx) => ctx.db.takenFile.findMany({ where: { tenantId: ctx.tenant } });
  const toldOf = (ctx: Ctx, runId: string, to: string) =>
    until(async () => {
      const { data } = await getRunLog({ ctx, input: { runId, after: 0, limit: 500 } });
      return data.some(({ message }) => message.endsWith(`moved to ${to}`));
    });

  test("are taken, read, and lie in the success folder when they are loaded; nothing is written over", async () => {
    const ctx = await demo();
    const { run, ids } = await pipeline(ctx, { atomicity: folders() });
    put("a.csv", "id\n1\n");
    put("b.csv", "id\n2\n");
    const first = await run();
    expect(first).toMatchObject({ status: "completed", rowsOut: 2, ledger: { balanced: true } });
    expect(lying()).toEqual(["done/a.csv", "done/b.csv"]);
    await toldOf(ctx, first.runId, at("done"));
    put("a.csv", "id\n3\n");
    expect(await run()).toMatchObject({ status: "completed", rowsOut: 1 });
    const [, , third = "", ...rest] = lying();
    expect(rest).toEqual([]);
    expect(lying().slice(0, 2)).toEqual(
      ["done/a.csv", "done/a~"].map((name, n) =>
        n === 0 ? name : expect.stringMatching(/^done\/a~[0-9a-f]{8}\.csv$/),
      ),
    );
    expect(third).toBe("done/b.csv");
    expect(readFileSync(at("done/a.csv"), "utf8")).toBe("id\n1\n");
    expect(await ids()).toEqual([1, 2, 3]);
    expect(await journal(ctx)).toEqual([]);
    expect(await run()).toMatchObject({ status: "failed", error: { code: "no_files", nodeId: "src" } });
  });

  test("that fail for good go to the failure folder, and come back when the run is tried again", async () => {
    const ctx = await demo();
    const { start, ids } = await pipeline(ctx, { atomicity: folders() }, { retry: 2 });
    put("a.csv", "id\n1\n");
    put("b.csv", "id\n1,2\n");
    const runId = await start();
    expect(await ended(ctx, runId)).toMatchObject({ status: "failed", error: { code: "ragged_row" } });
    expect(lying()).toEqual(["failed/a.csv", "failed/b.csv"]);
    await toldOf(ctx, runId, at("failed"));
    writeFileSync(at("failed/b.csv"), "id\n2\n");
    put("new.csv", "id\n9\n");
    await retryRun({ ctx, input: { runId } });
    expect(await ended(ctx, runId)).toMatchObject({ status: "completed", rowsOut: 2 });
    expect(lying()).toEqual(["done/a.csv", "done/b.csv", "in/new.csv"]);
    expect(await ids()).toEqual([1, 2]);
    expect(await journal(ctx)).toEqual([]);
  });

  test("of an attempt that may be tried again stay where they are; cancelled then, they go back", async () => {
    const ctx = await demo();
    const { start } = await pipeline(
      ctx,
      { path: at("in"), atomicity: folders() },
      {
        retry: 3,
        nodes: [
          {
            id: "two",
            kind: "source",
            connector: "local_fs",
            config: { path: at("none.csv"), format: { type: "csv", columns } },
          },
          { id: "out2", kind: "target", input: "two", schema: `shop.${uniqueId("tab")}`, loadMode: "append" },
        ],
      },
    );
    put("a.csv", "id\n1\n");
    const runId = await start();
    await until(async () => (await progress(ctx, runId)).retryAt !== null);
    await settleEndedRuns(database().db, new Map());
    expect(lying()).toEqual(["in/a.csv"]);
    await cancelRun({ ctx, input: { runId } });
    expect(await ended(ctx, runId)).toMatchObject({ status: "cancelled" });
    expect(lying()).toEqual(["in/a.csv"]);
  });

  test("without a staging folder are read where they are and moved afterwards", async () => {
    const ctx = await demo();
    const { run, ids } = await pipeline(ctx, {
      atomicity: { successFolder: at("in/done"), failureFolder: at("in/failed") },
    });
    put("a.csv", "id\n1\n");
    expect(await run()).toMatchObject({ status: "completed" });
    put("b.csv", "id\n1,2\n");
    expect(await run()).toMatchObject({ status: "failed" });
    expect(lying()).toEqual(["in/done/a.csv", "in/failed/b.csv"]);
    expect(await ids()).toEqual([1]);
  });

  test("may be one file by its path", async () => {
    const ctx = await demo();
    const { run, ids } = await pipeline(ctx, {
      path: at("in/a.csv"),
      pattern: undefined,
      atomicity: folders(),
    });
    put("a.csv", "id\n1\n");
    expect(await run()).toMatchObject({ status: "completed" });
    expect(lying()).toEqual(["done/a.csv"]);
    expect(await run()).toMatchObject({ status: "failed", error: { code: "file_not_found" } });
    expect(await ids()).toEqual([1]);
  });

  test("are not taken where they cannot be put away", async () => {
    const ctx = await demo();
    const { run } = await pipeline(ctx, { atomicity: { successFolder: "/etc/penstock-done" } });
    put("a.csv", "id\n1\n");
    expect(await run()).toMatchObject({
      status: "failed",
      error: { code: "path_outside_roots", nodeId: "src" },
    });
    expect(lying()).toEqual(["in/a.csv"]);
  });

  test("of one folder are never taken by two runs", async () => {
    const ctx = await demo();
    const both = await Promise.all([0, 1, 2].map(() => pipeline(ctx, { atomicity: folders() })));
    for (let id = 0; id < 30; id++) put(`${id}.csv`, `id\n${id}\n`);
    await Promise.all(both.map(({ run }) => run()));
    const loaded = (await Promise.all(both.map(({ ids }) => ids().catch(() => [])))).flat();
    expect(loaded.sort((a, b) => a - b)).toEqual(Array.from({ length: 30 }, (_, id) => id));
    expect(lying()).toHaveLength(30);
    expect(lying().every((name) => name.startsWith("done/"))).toBe(true);
  });

  test("are archived once their rows are loaded, packed if that is asked for, and once only", async () => {
    const ctx = await demo();
    const nodes = [
      { id: "plain", kind: "archive", input: "src", to: at("kept/{YYYY}") },
      { id: "gz", kind: "archive", input: "src", to: at("packed"), compress: "gz" },
    ];
    const { run } = await pipeline(ctx, { pattern: { type: "glob", value: "*.csv*" } }, { nodes });
    put("a.csv", "id\n1\n");
    put("b.csv.gz", gzipSync("id\n2\n"));
    const done = await run();
    expect(done).toMatchObject({ status: "completed", rowsOut: 2, ledger: { balanced: true } });
    expect(done.nodes.filter(({ kind }) => kind === "archive")).toMatchObject([
      { nodeId: "plain", status: "completed", counts: { files: 2 } },
      { nodeId: "gz", status: "completed", counts: { files: 2 } },
    ]);
    const year = new Date().getUTCFullYear();
    const kept = [`kept/${year}/a.csv`, `kept/${year}/b.csv.gz`, "packed/a.csv.gz", "packed/b.csv.gz"];
    expect(lying()).toEqual(["in/a.csv", "in/b.csv.gz", ...kept]);
    expect(String(gunzipSync(readFileSync(at("packed/a.csv.gz"))))).toBe("id\n1\n");
    expect(String(gunzipSync(readFileSync(at("packed/b.csv.gz"))))).toBe("id\n2\n");
    await run();
    expect(lying()).toEqual(["in/a.csv", "in/b.csv.gz", ...kept]);
    put("a.csv", "id\n7\n");
    await run();
    expect(lying()).toHaveLength(8);
    expect(readFileSync(at(`kept/${year}/a.csv`), "utf8")).toBe("id\n1\n");
  });

  test("that cannot be archived are loaded all the same, and the run says so", async () => {
    const ctx = await demo();
    const nodes = [{ id: "kept", kind: "archive", input: "src", to: at("kept") }];
    const { run, ids } = await pipeline(ctx, { atomicity: folders() }, { nodes });
    put("a.csv", "id\n1\n");
    mkdirSync(at("kept"));
    // Every name that could be free is a folder.
    mkdirSync(at("kept/a.csv"));
    const done = await run();
    expect(done).toMatchObject({
      status: "completed_with_errors",
      warnings: [{ code: "archive_failed", nodeId: "kept" }],
    });
    expect(done.nodes.find(({ nodeId }) => nodeId === "kept")).toMatchObject({ status: "failed" });
    expect(await ids()).toEqual([1]);
    expect(lying()).toEqual(["done/a.csv"]);
  });

  test.each([
    ["fail", { status: "failed", error: { code: "file_not_found", nodeId: "src" } }],
    ["skip", { status: "completed", rowsRead: 0, warnings: [{ code: "file_skipped", nodeId: "src" }] }],
    ["alert", { status: "completed", rowsRead: 0, warnings: [{ code: "file_missed", nodeId: "src" }] }],
  ])("are waited for without holding a worker; when none comes: %s", async (onMissAction, outcome) => {
    const ctx = await demo();
    const waitPolicy = { maxRetries: 2, intervalMinutes: 5, onMissAction };
    const { start } = await pipeline(ctx, { waitPolicy, atomicity: folders() }, { retry: 3 });
    const runId = await start();
    for (const turn of [1, 2]) {
      await until(async () => (await ctx.db.run.findUniqueOrThrow({ where: { id: runId } })).waits === turn);
      const waiting = await progress(ctx, runId);
      expect(waiting).toMatchObject({
        status: "queued",
        error: null,
        warnings: [{ code: "waiting_for_file" }],
      });
      expect(waiting.warnings[0]?.message).toMatch(`Try ${turn} of 2 at 20`);
      expect(Date.parse(waiting.retryAt ?? "") - Date.now()).toBeGreaterThan(4 * 60_000);
      await ctx.db.run.update({ where: { id: runId }, data: { retryAt: new Date() } });
    }
    expect(await ended(ctx, runId)).toMatchObject({ ...outcome, attempt: 3 });
    expect(await ctx.db.run.findUniqueOrThrow({ where: { id: runId } })).toMatchObject({
      waits: 2,
      failures: onMissAction === "fail" ? 1 : 0,
    });
  });

  test("that come while a run waits are those of the day it stands for", async () => {
    const ctx = await demo();
    const pattern = { type: "date_template", value: "o-{YYYY-MM-DD}.csv" };
    const waitPolicy = { maxRetries: 3, intervalMinutes: 1, onMissAction: "fail" };
    const { start, ids } = await pipeline(ctx, { pattern, waitPolicy, atomicity: folders() });
    const runId = await start();
    await until(async () => (await progress(ctx, runId)).warnings.length > 0);
    const startedAt = new Date("2024-03-05T23:59:00Z");
    put("o-2024-03-05.csv", "id\n5\n");
    await ctx.db.run.update({ where: { id: runId }, data: { retryAt: new Date(), startedAt } });
    expect(await ended(ctx, runId)).toMatchObject({ status: "completed", warnings: [], rowsOut: 1 });
    expect(await ids()).toEqual([5]);
  });
});
