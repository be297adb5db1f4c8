import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { publishVersion, removePipeline, requestRun, restorePipeline, workRuns } from "#lib/runs/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { freePort, type PostgresServer, startPostgres } from "#tests/services.ts";
import { changeSource } from "./changes/change-source.ts";
import { forgetSource } from "./changes/forget-source.ts";
import { sweepFeeds } from "./changes/sweep-feeds.ts";
import { runPipeline } from "./run-pipeline.ts";

withDatabase("what a mirror keeps at its source", ({ database, testCtx }) => {
  let server: PostgresServer;
  let admin: pg.Client;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    server = await startPostgres();
    admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    await admin.query("create schema shop");
  }, 90_000);
  afterAll(async () => {
    await admin?.end();
    await server?.stop();
  }, 90_000);
  beforeEach(async () => {
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    stop = await workRuns(runPipeline, { database: database() });
  });
  afterEach(() => stop());

  const slots = async (name?: string) =>
    (
      await admin.query<{ name: string }>(
        `select s.slot_name as name from pg_replication_slots s join pg_publication p on p.pubname = s.slot_name
         where $1::text is null or s.slot_name = $1`,
        [name ?? null],
      )
    ).rows.map((row) => row.name);
  const sweep = () => sweepFeeds(database().db);

  /** A tenant with a saved source and a pipeline that mirrors one of its tables, run once. */
  async function mirrored() {
    const ctx = await testCtx();
    const { host, port, user: username, password } = server;
    const fields = { host, port, username, password, database: "postgres", sslmode: "disable" };
    const source = await createSource({ ctx, input: { connector: "postgres", name: "shop", fields } });
    const table = `shop.${uniqueId("t")}`;
    await admin.query(
      `create table ${table} (id int primary key, v text); insert into ${table} values (1, 'a'), (2, 'b')`,
    );
    const slug = uniqueId("p").replace("_", "-");
    const document = (stream = table, loadMode = "cdc_mirror") => ({
      ...{ kind: "pipeline", version: "1.0", id: slug, metadata: { name: "P" } },
      nodes: [
        {
          ...{ id: "src", kind: "source", connector: "postgres", sourceRef: "shop" },
          config: { stream, syncMode: "full_refresh" },
        },
        {
          ...{ id: "out", kind: "target", input: "src", schema: `${uniqueId("into")}.t`, loadMode },
        },
      ],
    });
    const first = document();
    const { pipelineId } = await publishVersion({ ctx, input: { ir: first, origin: "created" } });
    const edit = (ir: object, baseVersion: number) =>
      publishVersion({ ctx, input: { ir, pipelineId, baseVersion, origin: "edited" } });
    const run = async () => {
      const { runId } = await requestRun({ ctx, input: { pipelineId } });
      await until(async () => !["queued", "running"].includes(await status(ctx, runId)));
      return progress(ctx, runId);
    };
    const feed = () => ctx.db.changeFeed.findFirst({ where: { tenantId: ctx.tenant } });
    const ran = await run();
    expect(ran).toMatchObject({ status: "completed", rowsRead: 2, rowsOut: 2, ledger: { balanced: true } });
    const { name = "" } = (await feed()) ?? {};
    expect(name).toMatch(/^penstock_p_[a-z0-9_]+_[0-9a-f]{16}$/);
    expect(await slots(name)).toEqual([name]);
    return { ctx, source, table, first, document, pipelineId, edit, run, feed, name };
  }

  test("is kept while the pipeline mirrors, and moves on with its runs", async () => {
    const { table, run, feed, name } = await mirrored();
    const before = (await feed())?.position;
    await admin.query(`insert into ${table} values (3, 'c'); delete from ${table} where id = 1`);
    expect(await run()).toMatchObject({
      status: "completed",
      rowsRead: 2,
      ledger: { balanced: true, nodes: { out: { inserted: 1, deleted: 1 } } },
    });
    expect((await feed())?.position).not.toBe(before);
    const { rows } = await admin.query(
      "select confirmed_flush_lsn::text as lsn from pg_replication_slots where slot_name = $1",
      [name],
    );
    expect(rows[0]?.lsn).toBe((await feed())?.position);
    expect(await sweep()).toBe(0);
    expect(await slots(name)).toEqual([name]);
  });

  test("is given back when the pipeline is deleted; taken back, it begins anew", async () => {
    const { ctx, pipelineId, run, feed, name } = await mirrored();
    await removePipeline({ ctx, input: { id: pipelineId } });
    expect(await sweep()).toBe(1);
    expect([await slots(name), await feed()]).toEqual([[], null]);
    await restorePipeline({ ctx, input: { id: pipelineId } });
    expect(await run()).toMatchObject({
      status: "completed",
      rowsRead: 2,
      warnings: [{ code: "begun_anew" }],
      ledger: { balanced: true },
    });
    expect(await slots((await feed())?.name)).toHaveLength(1);
  });

  test("is given back when the pipeline mirrors another table, or loads in another way", async () => {
    const { table, document, edit, run, feed, name } = await mirrored();
    const other = `${table}_2`;
    await admin.query(`create table ${other} (id int primary key)`);
    await edit(document(other), 1);
    expect(await run()).toMatchObject({ status: "completed", rowsRead: 0 });
    const { name: next = "" } = (await feed()) ?? {};
    expect([await slots(name), await slots(next)]).toEqual([[], [next]]);
    await edit(document(other, "append"), 2);
    expect(await sweep()).toBe(1);
    expect([await slots(next), await feed()]).toEqual([[], null]);
  });

  test("is given back later where the source is away", async () => {
    const { ctx, source, pipelineId, feed, name } = await mirrored();
    const away = await freePort();
    const { config } = await ctx.db.source.findFirstOrThrow({ where: { id: source.id } });
    const at = (port: number) =>
      ctx.db.source.update({ where: { id: source.id }, data: { config: { ...(config as object), port } } });
    await at(away);
    await removePipeline({ ctx, input: { id: pipelineId } });
    expect(await sweep()).toBe(0);
    expect(await feed()).toMatchObject({ name, nodeId: `#${name}` });
    await at(server.port);
    expect(await sweep()).toBe(1);
    expect([await slots(name), await feed()]).toEqual([[], null]);
  });

  test("is given back before the source is forgotten, or is another database", async () => {
    const first = await mirrored();
    await removePipeline({ ctx: first.ctx, input: { id: first.pipelineId } });
    await forgetSource({ ctx: first.ctx, id: "shop" });
    expect([await slots(first.name), await first.feed()]).toEqual([[], null]);

    const second = await mirrored();
    const { ctx, run, feed, name } = second;
    await expect(forgetSource({ ctx, id: "shop" })).rejects.toMatchObject({ code: "source_in_use" });
    expect(await slots(name)).toEqual([name]);
    const other = uniqueId("other");
    await server.createDatabase(other);
    const client = new pg.Client({ connectionString: server.databaseUrl(other) });
    await client.connect();
    await client.query(`create schema shop; create table ${second.table} (id int primary key, v text)`);
    await client.end();
    await changeSource({
      ctx,
      id: "shop",
      input: { title: "Shop", fields: { database: other, password: server.password } },
    });
    expect([await slots(name), await feed()]).toEqual([[], null]);
    expect(await run()).toMatchObject({
      status: "completed",
      rowsRead: 0,
      warnings: [{ code: "begun_anew" }],
    });
  });
});
