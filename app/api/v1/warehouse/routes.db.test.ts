import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { runPipeline } from "#lib/runtime/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { status, until } from "#tests/run-kit.ts";
import * as quarantine from "../runs/[runId]/quarantine/route.ts";
import * as table from "./tables/[table]/route.ts";
import * as tables from "./tables/route.ts";

type Body = Record<string, unknown> & { code?: string };

withDatabase("the routes of the warehouse and of quarantine", ({ database, testCtx }) => {
  let folder: string;
  let stop: () => Promise<void>;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    stop = await workRuns(runPipeline, { database: database() });
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A client with a key of the tenant. */
  async function client(ctx: Ctx, role: "ROLE_ADMIN" | "ROLE_DATA_ENGINEER" | "ROLE_VIEWER" | "ROLE_AGENT") {
    const { secret } = await createApiKey({ ctx, input: { name: "test", roles: [role] } });
    return async (handler: RouteHandler, params: Record<string, string> = {}, query = "", method = "GET") => {
      const headers = { authorization: `Bearer ${secret}` };
      const request = new Request(`http://localhost/x${query}`, { method, headers });
      const response = await handler(request, { params: Promise.resolve(params) });
      return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
    };
  }

  /** Only the tenant of a fresh install may read the system's temporary folder. */
  async function loaded() {
    const ctx = await testCtx({ tenant: "t_demo" });
    const name = `shop.${uniqueId("tab")}`;
    const file = path.join(folder, "a.csv");
    const lines = Array.from(
      { length: 7 },
      (_, id) => `${id},${id}.50,2024-01-0${id + 1},"{""k"":${id}}",mail${id}`,
    );
    writeFileSync(file, `id,price,day,doc,mail\n${lines.join("\n")}\n`);
    const columns = ["id bigint", "price decimal(8,2)", "day date", "doc json", "mail string"].map((text) => {
      const [column, type] = text.split(" ");
      return { name: column, type };
    });
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
          config: { path: file, format: { type: "csv", columns } },
        },
        {
          id: "check",
          kind: "validate",
          input: "src",
          rowLevel: [{ id: "small", field: "id", rule: "lt:5" }],
        },
        {
          id: "mask",
          kind: "transform",
          input: "check",
          ops: [{ op: "mask_pii", field: "mail", strategy: "redact" }],
        },
        { id: "out", kind: "target", input: "mask", schema: name, loadMode: "append" },
      ],
    };
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => (await status(ctx, runId)) === "completed_with_errors");
    return { ctx, name, runId };
  }

  test("tables are listed and read in pages, values without loss", async () => {
    const { ctx, name } = await loaded();
    const call = await client(ctx, "ROLE_VIEWER");
    const list = await call(tables.GET);
    expect(list.status).toBe(200);
    expect(list.body.tables).toContainEqual({
      schema: "shop",
      table: name.split(".")[1],
      name,
      rows: 5,
      columns: 5,
      updatedAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    const first = await call(table.GET, { table: name }, "?limit=2");
    expect(first.body).toMatchObject({
      total: 5,
      columns: [
        { name: "id", type: "bigint" },
        { name: "price", type: "decimal(8,2)" },
        { name: "day", type: "date" },
        { name: "doc", type: "json" },
        { name: "mail", type: "string" },
      ],
    });
    expect(first.body.rows).toHaveLength(2);
    const rest = await call(table.GET, { table: name }, "?limit=500&offset=2");
    const rows = [...(first.body.rows as Body[]), ...(rest.body.rows as Body[])];
    expect(rows.map(({ id, price, day, mail }) => [id, price, day, mail])).toEqual(
      [0, 1, 2, 3, 4].map((id) => [String(id), `${id}.50`, `2024-01-0${id + 1}`, "***"]),
    );
    expect((await call(table.GET, { table: name }, "?offset=99")).body).toMatchObject({ total: 5, rows: [] });
  });

  test("what is wrong is refused: names, limits, roles, methods, other tenants", async () => {
    const { ctx, name, runId } = await loaded();
    const call = await client(ctx, "ROLE_DATA_ENGINEER");
    for (const bad of [
      "shop.none",
      "none",
      'x"; drop',
      "_penstock.loads",
      "information_schema.tables",
      "a.b.c",
    ])
      expect(await call(table.GET, { table: bad }), bad).toMatchObject({
        status: 404,
        body: { code: "table_not_found" },
      });
    for (const query of ["?limit=0", "?limit=501", "?offset=-1", "?limit=x"])
      expect((await call(table.GET, { table: name }, query)).status, query).toBe(400);
    for (const handler of [tables.POST, table.DELETE, quarantine.PUT]) {
      const refused = await call(handler, { table: name, runId }, "", "POST");
      expect(refused.status).toBe(405);
      expect(refused.headers.get("allow")).toContain("GET");
    }
    const agent = await client(ctx, "ROLE_AGENT");
    for (const [handler, params] of [
      [tables.GET, {}],
      [table.GET, { table: name }],
      [quarantine.GET, { runId }],
    ] as const)
      expect(await agent(handler, params)).toMatchObject({
        status: 403,
        body: { code: "permission_denied" },
      });
    const other = await client(await testCtx(), "ROLE_ADMIN");
    expect((await other(tables.GET)).body).toEqual({ tables: [] });
    expect((await other(table.GET, { table: name })).status).toBe(404);
    expect(await other(quarantine.GET, { runId })).toMatchObject({
      status: 404,
      body: { code: "run_not_found" },
    });
  });

  test("rejected rows come in pages, masked fields only for those who may mend them", async () => {
    const { ctx, runId } = await loaded();
    const call = await client(ctx, "ROLE_DATA_ENGINEER");
    const first = await call(quarantine.GET, { runId }, "?limit=1");
    expect(first.body).toMatchObject({
      data: [{ nodeId: "check", rule: "small", rowNumber: 6, row: { id: "5", mail: "mail5" }, masked: [] }],
      pagination: { total: 2, hasMore: true, limit: 1 },
    });
    const { cursor } = first.body.pagination as { cursor: string };
    const second = await call(quarantine.GET, { runId }, `?limit=1&cursor=${cursor}`);
    expect(second.body).toMatchObject({
      data: [{ rowNumber: 7 }],
      pagination: { hasMore: false, cursor: null },
    });
    expect((await call(quarantine.GET, { runId }, "?cursor=x")).body).toMatchObject({ code: "bad_request" });
    const viewer = await client(ctx, "ROLE_VIEWER");
    expect((await viewer(quarantine.GET, { runId }, "?limit=1")).body).toMatchObject({
      data: [{ row: { id: "5", mail: "***" }, masked: ["mail"] }],
    });
  });
});
