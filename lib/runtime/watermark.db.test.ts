import pg from "pg";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import type { SourceStep } from "#lib/ir/schema.ts";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { createDestination } from "#lib/settings/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { previewPlan } from "./preview.ts";
import { resolveDestination } from "./resolve-destination.ts";
import { resolveSource } from "./resolve-source.ts";
import { runPipeline } from "./run-pipeline.ts";

const url = inject("postgresUrl") ?? "";

withDatabase("an incremental source", ({ database, testCtx }) => {
  let stop: () => Promise<void>;
  let admin: pg.Client;
  const schema = uniqueId("inc");
  beforeEach(async () => {
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    stop = await workRuns(runPipeline, { database: database() });
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`create schema if not exists ${schema}`);
  });
  afterEach(async () => {
    await stop();
    await admin.query(`drop schema ${schema} cascade`);
    await admin.end();
  });

  const at = (given: string) => {
    const { hostname: host, port, username, password, pathname } = new URL(given);
    return { host, port: Number(port), username, password, database: pathname.slice(1) };
  };

  /** A tenant with a saved source, a table in it, and a pipeline that reads what is new there. */
  async function given(
    kind: "duckdb" | "postgres",
    target: Record<string, unknown>,
    rows = "values (1, '2024-01-01 00:00:00+00'::timestamptz, 'a'), (2, '2024-01-02 00:00:00+00', 'b')",
  ) {
    const ctx = await testCtx();
    const { username, password, ...server } = at(url);
    const fields = { ...server, username, password, sslmode: "disable" };
    const source = await createSource({ ctx, input: { connector: "postgres", name: "shop", fields } });
    if (kind === "postgres") {
      const config = { ...server, username, sslmode: "disable" as const };
      await createDestination({ ctx, input: { name: "lake", kind, config, password } });
    }
    const stream = `${schema}.${uniqueId("t")}`;
    await admin.query(
      `create table ${stream} (id int, changed timestamptz, v text); insert into ${stream} ${rows}`,
    );
    const into = `${uniqueId("into")}.t`;
    const src = {
      id: "src",
      kind: "source",
      connector: "postgres",
      sourceRef: "shop",
      config: { stream, syncMode: "incremental", cursorField: "changed" },
    };
    const out = {
      id: "out",
      kind: "target",
      input: "src",
      schema: into,
      ...(kind === "postgres" && { destination: "lake" }),
      ...target,
    };
    const slug = uniqueId("p").replace("_", "-");
    const document = (nodes: object[] = [src, out]) => ({
      kind: "pipeline",
      version: "1.0",
      id: slug,
      metadata: { name: "P" },
      nodes,
    });
    const publish = async (ir: object, pipelineId?: string) => {
      const input = pipelineId
        ? { ir, pipelineId, baseVersion: 1, origin: "edited" as const }
        : { ir, origin: "created" as const };
      return publishVersion({ ctx, input });
    };
    const { pipelineId } = await publish(document());
    const run = async () => {
      const { runId } = await requestRun({ ctx, input: { pipelineId } });
      await until(async () => !["queued", "running"].includes(await status(ctx, runId)));
      return progress(ctx, runId);
    };
    const look = async () => {
      const sql = `select id, v from ${into} order by id, v`;
      const destination = await resolveDestination(ctx, kind === "postgres" ? "lake" : undefined);
      if (destination.kind === "postgres") {
        const client = await destination.connect();
        return client
          .query(sql)
          .then(({ rows }) => rows)
          .finally(() => client.end());
      }
      const session = await destination.warehouse.session();
      return session.rows(sql).finally(() => session.close());
    };
    const ids = async () => (await look()).map(({ id, v }) => `${id}${v}`).join(" ");
    const mark = () => ctx.db.watermark.findFirstOrThrow({ where: { pipelineId } });
    return { ctx, source, stream, into, src, out, document, publish, pipelineId, run, ids, mark };
  }

  const append = { loadMode: "append" };
  const upsert = { loadMode: "upsert", upsertKey: ["id"] };
  const kinds = [["duckdb"], ["postgres"]] as const;

  test.each(kinds)(
    "appends to %s what is new, once; finds nothing new in order; does not mirror deletes",
    async (kind) => {
      const { stream, run, ids } = await given(kind, append);
      expect(await run()).toMatchObject({ status: "completed", rowsRead: 2, rowsOut: 2, warnings: [] });
      expect(await run()).toMatchObject({
        status: "completed",
        rowsRead: 0,
        rowsOut: 0,
        ledger: { balanced: true },
      });
      await admin.query(
        `insert into ${stream} values (3, '2024-01-03', 'c'); delete from ${stream} where id = 1`,
      );
      expect(await run()).toMatchObject({ status: "completed", rowsRead: 1, rowsOut: 1 });
      expect(await ids()).toBe("1a 2b 3c");
    },
  );

  test.each(kinds)("upserts into %s also what comes late for the same moment", async (kind) => {
    const { stream, run, ids } = await given(kind, upsert);
    await run();
    await admin.query(
      `insert into ${stream} values (3, '2024-01-02', 'tie'); update ${stream} set v = 'B', changed = '2024-01-05' where id = 2`,
    );
    expect(await run()).toMatchObject({
      status: "completed",
      ledger: { nodes: { out: { inserted: 1, updated: 1 } } },
    });
    await admin.query(`insert into ${stream} values (4, '2024-01-05', 'tie')`);
    expect(await run()).toMatchObject({ ledger: { nodes: { out: { in: 2, inserted: 1, unchanged: 1 } } } });
    expect(await ids()).toBe("1a 2B 3tie 4tie");
  });

  test.each(kinds)("empties %s with truncate even if nothing is new", async (kind) => {
    const { run, ids } = await given(kind, { loadMode: "truncate" });
    await run();
    expect(await ids()).toBe("1a 2b");
    expect(await run()).toMatchObject({ status: "completed", rowsRead: 0 });
    expect(await ids()).toBe("");
  });

  test("reads rows without a value with the first load, and says so", async () => {
    const { stream, run, ids } = await given(
      "postgres",
      append,
      "values (1, null::timestamptz, 'n'), (2, '2024-01-02', 'b')",
    );
    expect(await run()).toMatchObject({
      status: "completed",
      rowsRead: 2,
      warnings: [{ code: "cursor_null", nodeId: "src" }],
    });
    await admin.query(`insert into ${stream} values (3, null, 'late')`);
    expect(await run()).toMatchObject({ rowsRead: 0, warnings: [] });
    expect(await ids()).toBe("1n 2b");
  });

  test("a table that had no value at all, or no row, is begun once", async () => {
    const { stream, run, ids, mark } = await given("postgres", append, "values (1, null::timestamptz, 'n')");
    expect(await run()).toMatchObject({ rowsRead: 1 });
    expect(await run()).toMatchObject({ rowsRead: 0 });
    await admin.query(`insert into ${stream} values (2, '2024-01-02', 'b')`);
    expect(await run()).toMatchObject({ rowsRead: 1, warnings: [] });
    expect(await ids()).toBe("1n 2b");
    expect((await mark()).value).toContain("2024-01-02");
  });

  test.each(kinds)(
    "a run that died when %s had committed, before that was written down, is not loaded again",
    async (kind) => {
      const { ctx, stream, run, ids, mark } = await given(kind, append);
      await run();
      const before = await mark();
      await admin.query(`insert into ${stream} values (3, '2024-01-03', 'c')`);
      const { runId } = await run();
      expect(await mark()).toMatchObject({ pendingRunId: runId });
      // What a worker leaves that is killed between the two.
      const { tenantId, pipelineId, nodeId } = before;
      const where = { tenantId_pipelineId_nodeId: { tenantId, pipelineId, nodeId } };
      await ctx.db.watermark.update({ where, data: { value: before.value } });
      await admin.query(`insert into ${stream} values (4, '2024-01-04', 'd')`);
      expect(await run()).toMatchObject({ status: "completed", rowsRead: 1 });
      expect(await ids()).toBe("1a 2b 3c 4d");
      // And one that died before it committed anything: what it meant to read is read now.
      const pending = JSON.stringify({ after: (await mark()).value, upTo: "2024-01-09", inclusive: false });
      await ctx.db.watermark.update({ where, data: { pending, pendingRunId: crypto.randomUUID() } });
      await admin.query(`insert into ${stream} values (5, '2024-01-05', 'e')`);
      expect(await run()).toMatchObject({ rowsRead: 1 });
      expect(await ids()).toBe("1a 2b 3c 4d 5e");
    },
  );

  test("begins anew where another table or column is read", async () => {
    const { src, out, document, publish, pipelineId, run, mark } = await given("postgres", append);
    await run();
    const reads = (await mark()).reads;
    await publish(document([{ ...src, config: { ...src.config, cursorField: "id" } }, out]), pipelineId);
    expect(await run()).toMatchObject({ status: "completed", rowsRead: 2 });
    expect((await mark()).reads).not.toBe(reads);
    expect((await mark()).value).toBe("2");
  });

  test("a source that is gone, or another one now, fails at its node; its password stands nowhere", async () => {
    const { ctx, run, stream, source } = await given("duckdb", append);
    await run();
    const kept = [
      await ctx.db.runLog.findMany({ where: { tenantId: ctx.tenant } }),
      await ctx.db.run.findMany({ where: { tenantId: ctx.tenant } }),
      await ctx.db.watermark.findMany({ where: { tenantId: ctx.tenant } }),
      await ctx.db.auditLog.findMany({ where: { tenantId: ctx.tenant } }),
    ];
    const said = JSON.stringify(kept, (_key, value) => (typeof value === "bigint" ? String(value) : value));
    expect(said).toContain(stream);
    expect(said).not.toContain(at(url).password);
    const step = {
      nodeId: "src",
      index: 0,
      inputs: [],
      consumers: [],
      kind: "source",
      family: "table",
      connector: "mysql",
      sourceRef: source.id,
      config: { stream, syncMode: "full_refresh" },
      table: { name: "t" },
    } as const satisfies SourceStep;
    const wrong = { code: "wrong_connector", place: { nodeId: "src" } };
    await expect(resolveSource(ctx, { ...step, consumers: [], inputs: [] })).rejects.toMatchObject(wrong);
    const gone = { code: "source_not_found", place: { nodeId: "src" }, retryable: false };
    const other = { ctx: await testCtx(), ref: source.id };
    await expect(resolveSource(other.ctx, { ...step, inputs: [] })).rejects.toMatchObject(gone);
    await expect(resolveSource(ctx, { ...step, sourceRef: "nobody" })).rejects.toMatchObject(gone);
  });

  test("a dry run reads no more than its rows, and leaves the mark alone", async () => {
    const rows = "select i, now(), 'v' || i from generate_series(1, 5000) i";
    const { ctx, pipelineId, document } = await given("duckdb", append, rows);
    const preview = await previewPlan({ ctx, input: { after: document(), rows: 100 } });
    expect(preview.after).toMatchObject({ error: null, nodes: [{ nodeId: "src", counts: { out: 100 } }] });
    expect(preview.after.nodes[0]?.sample[0]).toMatchObject({ v: expect.stringMatching(/^v\d+$/) });
    expect(await ctx.db.watermark.count({ where: { pipelineId } })).toBe(0);
  });
});
