import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { afterEach, beforeEach, expect, inject, test } from "vitest";
import { openLocalStore } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import { createDestination } from "#lib/settings/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { dryRun } from "./dry-run.ts";
import { openWarehouse } from "./index.ts";
import { previewPlan } from "./preview.ts";
import { scratchRoot, warehouseFile } from "./warehouse.ts";

const url = inject("postgresUrl") ?? "";

type Node = Record<string, unknown>;
const ir = (id: string, nodes: Node[]) => ({
  kind: "pipeline",
  version: "1.0",
  id,
  metadata: { name: id },
  nodes,
});
const target = (input: string, schema: string, more: Node = {}): Node => ({
  id: "out",
  kind: "target",
  input,
  schema,
  loadMode: "truncate",
  ...more,
});

/** A web server that takes requests and never answers; `open` are those whose client still waits. */
async function silentServer() {
  const open = new Set<http.IncomingMessage>();
  const server = http.createServer((request, response) => {
    open.add(request);
    response.on("close", () => open.delete(request));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    open,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

withDatabase("a dry run", ({ testCtx }) => {
  let folder: string;
  let silent: Awaited<ReturnType<typeof silentServer>>;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    silent = await silentServer();
  });
  afterEach(() => {
    silent.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Only the tenant of a fresh install may read the system's temporary folder. */
  const demo = (given: Partial<Ctx> = {}) => testCtx({ tenant: "t_demo", ...given });
  const put = (name: string, content: string) => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };
  const csvSource = (content: string, id = "src"): Node => ({
    id,
    kind: "source",
    connector: "local_fs",
    config: { path: put(`${id}.csv`, content) },
  });
  const web = async (ctx: Ctx) => {
    const { name } = await createSource({
      ctx,
      input: { connector: "http_pull", name: uniqueId("web"), fields: { url: silent.url } },
    });
    return { id: "src", kind: "source", connector: "http_pull", sourceRef: name, config: { path: "a.csv" } };
  };
  const previews = () => {
    const left = readdirSync(scratchRoot()).filter((name) => name.startsWith("preview-"));
    return left.length;
  };

  /** Every file of a folder with its bytes and its times, as one number. */
  function hashOf(of: string): string {
    const hash = createHash("sha256");
    for (const name of readdirSync(of, { recursive: true, encoding: "utf8" }).sort()) {
      const stat = statSync(path.join(of, name));
      hash.update(`${name} ${stat.mtimeMs} ${stat.mode} ${stat.size}\n`);
      if (stat.isFile()) hash.update(readFileSync(path.join(of, name)));
    }
    return hash.digest("hex");
  }

  test("leaves the target tables, the source folder and our own database as they are", async () => {
    const ctx = await demo();
    const name = uniqueId("tab");
    const session = await (await openWarehouse(ctx.tenant)).session();
    await session.run(
      `create schema if not exists shop; create table shop.${name} as select 7 as id; checkpoint`,
    );
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const { hostname: host, port, username, password, pathname } = new URL(url);
    const config = {
      host,
      port: Number(port),
      database: pathname.slice(1),
      username,
      sslmode: "disable" as const,
    };
    const lake = uniqueId("lake");
    await createDestination({ ctx, input: { name: lake, kind: "postgres", config, password } });
    await client.query(`create table public.${name} as select 7 as id`);
    const columns = [{ name: "id", type: "integer" }];
    const document = ir("p", [
      {
        id: "src",
        kind: "source",
        connector: "local_fs",
        config: { path: put("a.csv", "id\n1\nx\n3\n"), format: { type: "csv", columns } },
      },
      { id: "check", kind: "validate", input: "src", rowLevel: [{ id: "small", field: "id", rule: "lt:3" }] },
      { ...target("check", `shop.${name}`, { preHook: `ANALYZE shop.${name}` }), id: "out" },
      { ...target("check", `public.${name}`, { destination: lake }), id: "far" },
    ]);
    const tables = async () => {
      const { rows } = await client.query(`select *, xmin::text, ctid::text from public.${name}`);
      const counts = await client.query(
        "select count(*)::int as n from pg_class where relname not like 'pg_%' and relnamespace = 'public'::regnamespace",
      );
      const ours = await Promise.all([
        ctx.db.run.count(),
        ctx.db.quarantineRow.count(),
        ctx.db.auditLog.count(),
        ctx.db.pipelineVersion.count(),
        ctx.db.event.count(),
      ]);
      return JSON.stringify([rows, counts.rows, ours, await session.rows(`select * from shop.${name}`)]);
    };
    const state = async () => [
      await tables(),
      hashOf(folder),
      hashOf(path.dirname(warehouseFile(ctx.tenant))),
    ];
    try {
      const before = await state();
      const { after } = await previewPlan({ ctx, input: { after: document } });
      expect(after.error).toBeNull();
      expect(after.nodes.map(({ nodeId, counts, rejects }) => [nodeId, counts.out, rejects.length])).toEqual([
        ["src", 2, 1],
        ["check", 1, 1],
      ]);
      expect(await state()).toEqual(before);
      await expect.poll(previews).toBe(0);
    } finally {
      session.close();
      await client.query(`drop table public.${name}`);
      await client.end();
    }
  });

  test("gives way to a newer one of the same person and pipeline, and to no other", async () => {
    const ctx = await demo();
    const other = await demo();
    const waiting = ir("p", [await web(ctx), target("src", "a.b")]);
    const quick = ir("p", [csvSource("id\n1\n"), target("src", "a.b")]);
    const older = previewPlan({ ctx, input: { before: quick, after: waiting } });
    const refused = expect(older).rejects.toMatchObject({ code: "conflict" });
    await expect.poll(() => silent.open.size).toBe(1);
    const stays = () => expect(silent.open.size).toBe(1);
    await previewPlan({ ctx: other, input: { before: quick, after: quick } });
    stays();
    await previewPlan({ ctx, input: { before: quick, after: { ...quick, id: "q" } } });
    stays();
    const newer = await previewPlan({ ctx, input: { before: quick, after: quick } });
    expect(newer.after).toMatchObject({ error: null, nodes: [{ counts: { out: 1 } }] });
    await refused;
    await expect.poll(() => [silent.open.size, previews()]).toEqual([0, 0]);
  });

  test("ends when its reader goes away", async () => {
    const leaving = new AbortController();
    const ctx = await demo({ signal: leaving.signal });
    const running = previewPlan({ ctx, input: { after: ir("p", [await web(ctx), target("src", "a.b")]) } });
    const ended = expect(running).rejects.toMatchObject({ code: "conflict" });
    await expect.poll(() => silent.open.size).toBe(1);
    leaving.abort();
    await ended;
    await expect.poll(() => [silent.open.size, previews()]).toEqual([0, 0]);
  });

  /** One side with time of the test's own. */
  async function side(
    nodes: Node[],
    ms: number,
    rows: number = limits.previewRows,
    { reach, graceMs }: { reach?: () => Promise<never>; graceMs?: number } = {},
  ) {
    const parsed = parsePipelineIR(ir("p", nodes), {
      strength: "executable",
      catalogue: { sources: [], destinations: [] },
    });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
    const held: Promise<unknown>[] = [];
    const since = performance.now();
    const result = await dryRun({
      plan: compile(parsed.ir, { sources: [], destinations: [] }),
      tenant: "t_demo",
      resolveSource: reach ?? (async () => ({ kind: "store", store: openLocalStore({ tenant: "t_demo" }) })),
      resolveDestination: async () => ({ kind: "duckdb", warehouse: await openWarehouse("t_demo") }),
      rows,
      signal: AbortSignal.timeout(ms),
      graceMs,
      hold: (rest) => held.push(rest),
    });
    return { result, took: performance.now() - since, held };
  }

  test("ends in time when rows multiply without end, and keeps what was there by then", async () => {
    const rows = Array.from({ length: 1_000 }, (_, n) => `1,${n}`).join("\n");
    const on = [{ left: "k", right: "k" }];
    const nodes = [
      csvSource(`k,a\n${rows}\n`, "one"),
      csvSource(`k,b\n${rows}\n`, "two"),
      csvSource(`k,c\n${rows}\n`, "three"),
      { id: "pairs", kind: "join", left: "one", right: "two", on, how: "inner" },
      { id: "all", kind: "join", left: "pairs", right: "three", on, how: "inner" },
      target("all", "a.b"),
    ];
    // A join that is not interrupted goes on beyond all that it is waited for, and nothing is kept.
    const { result, held } = await side(nodes, 4_000, undefined, { graceMs: 15_000 });
    expect(result.error?.code).toBe("preview_timeout");
    expect(result.nodes.slice(0, 3).map(({ counts }) => counts.out)).toEqual([1_000, 1_000, 1_000]);
    await Promise.all(held);
    await expect.poll(previews).toBe(0);
  });

  test("answers in time though a source never lets go", async () => {
    const nodes = [csvSource("id\n1\n"), target("src", "a.b")];
    const { promise: never, reject: letGo } = Promise.withResolvers<never>();
    const { result, took, held } = await side(nodes, 200, 10, { reach: () => never });
    expect(result.error?.code).toBe("preview_timeout");
    expect(took).toBeLessThan(2_000);
    letGo(new Error("at last"));
    await Promise.all(held);
    await expect.poll(previews).toBe(0);
  });

  test("a check of a whole dataset that a sample cannot judge warns; over all rows it fails as in a run", async () => {
    const check = {
      id: "v",
      kind: "validate",
      input: "src",
      datasetLevel: { rowCount: { min: 100, onFail: "abort" } },
    };
    const nodes = (count: number) => [
      csvSource(`id\n${Array.from({ length: count }, (_, n) => n).join("\n")}\n`),
      check,
      target("v", "a.b"),
    ];
    const sampled = await side(nodes(50), 10_000, 20);
    expect(sampled.result.error).toBeNull();
    expect(sampled.result.warnings).toMatchObject([{ code: "check_warning", nodeId: "v", rule: "rowCount" }]);
    expect(sampled.result.warnings[0]?.message).toContain("the first 20 rows of each source");
    const whole = await side(nodes(15), 10_000, 20);
    expect(whole.result.error).toMatchObject({ code: "check_failed", nodeId: "v", rule: "rowCount" });
    expect(whole.result.nodes.map(({ nodeId }) => nodeId)).toEqual(["src", "v"]);
  });

  test("foreign keys are looked up in the target's warehouse", async () => {
    const name = uniqueId("dim");
    const session = await (await openWarehouse("t_demo")).session();
    await session.run(`create schema if not exists shop; create table shop.${name} as select 1 as id`);
    session.close();
    const references = { table: `shop.${name}`, field: "id" };
    const nodes = (ids: string) => [
      csvSource(`id\n${ids}\n`),
      {
        id: "v",
        kind: "validate",
        input: "src",
        datasetLevel: { fkIntegrity: { field: "id", references } },
      },
      target("v", "a.b"),
    ];
    expect((await side(nodes("1\n1"), 10_000)).result.error).toBeNull();
    expect((await side(nodes("1\n2"), 10_000)).result.error).toMatchObject({ code: "check_failed" });
  });

  test("shows the beginning of long values, and few rows of each node", async () => {
    const long = "é".repeat(limits.previewValueChars + 10);
    const rows = Array.from({ length: 200 }, (_, id) => `${id},${long}`).join("\n");
    const { result } = await side([csvSource(`id,v\n${rows}\n`), target("src", "a.b")], 10_000);
    const [node] = result.nodes;
    expect(node?.sample).toHaveLength(limits.previewSample);
    expect(node?.sample[0]).toEqual({ id: "0", v: `${"é".repeat(limits.previewValueChars)}…` });
    expect(node?.counts.out).toBe(200);
  });
});
