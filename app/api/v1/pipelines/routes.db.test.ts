import { expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { RouteHandler } from "#lib/http/index.ts";
import { finishRun } from "#lib/runs/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { draftIr, ordersIr } from "#tests/pipeline-documents.ts";
import { claimed } from "#tests/run-kit.ts";
import * as cancel from "../runs/[runId]/cancel/route.ts";
import * as events from "../runs/[runId]/events/route.ts";
import * as runs from "../runs/route.ts";
import * as ir from "./[id]/ir/route.ts";
import * as one from "./[id]/route.ts";
import * as run from "./[id]/run/route.ts";
import * as progress from "./[id]/runs/[runId]/progress/route.ts";
import * as pipelineRuns from "./[id]/runs/route.ts";
import * as schedule from "./[id]/schedule/route.ts";
import * as undelete from "./[id]/undelete/route.ts";
import * as restore from "./[id]/versions/[version]/restore/route.ts";
import * as version from "./[id]/versions/[version]/route.ts";
import * as versions from "./[id]/versions/route.ts";
import * as capabilities from "./capabilities/route.ts";
import * as irSchema from "./ir-schema/route.ts";
import * as list from "./route.ts";
import * as validate from "./validate/route.ts";

type Call = {
  body?: unknown;
  params?: Record<string, string>;
  query?: string;
  headers?: Record<string, string>;
};

withDatabase("the routes of pipelines and runs", ({ testCtx }) => {
  /** A client with a key of the tenant. */
  const client = async (
    ctx: Ctx,
    roles: ("ROLE_DATA_ENGINEER" | "ROLE_VIEWER")[] = ["ROLE_DATA_ENGINEER"],
  ) => {
    const { secret } = await createApiKey({ ctx, input: { name: "test", roles } });
    return async (
      method: string,
      handler: RouteHandler,
      { body, params = {}, query = "", headers }: Call = {},
    ) => {
      const request = new Request(`http://localhost/x${query}`, {
        method,
        headers: { authorization: `Bearer ${secret}`, "content-type": "application/json", ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      return handler(request, { params: Promise.resolve(params) });
    };
  };
  const json = async <T = Record<string, unknown>>(response: Response) => (await response.json()) as T;

  test("walk a pipeline from its creation to its deletion and back", async () => {
    const ctx = await testCtx();
    const call = await client(ctx);
    const body = { name: "Orders", irVersion: "1.0", ir: ordersIr("orders") };
    const created = await call("POST", list.POST, { body });
    expect(created.status).toBe(201);
    const { id } = await json<{ id: string }>(created);
    expect(created.headers.get("location")).toBe(`/api/v1/pipelines/${id}`);
    const params = { id };

    const read = await call("GET", ir.GET, { params: { id: "orders" } });
    expect(read.headers.get("etag")).toBe('"1"');
    expect(await json(read)).toMatchObject({
      version: 1,
      ir: { id: "orders", metadata: { name: "Orders" } },
    });

    const edited = { ir: ordersIr("orders", { schedule: { kind: "interval", minutes: 5 } }) };
    const saved = await call("POST", ir.POST, { params, body: edited, headers: { "if-match": '"1"' } });
    expect([saved.status, saved.headers.get("etag")]).toEqual([201, '"2"']);
    const stale = await call("POST", ir.POST, { params, body: { ...edited, baseVersion: 1 } });
    expect(stale.status).toBe(409);
    expect(await json(stale)).toMatchObject({
      code: "stale_version",
      error: "stale_version",
      currentVersion: 2,
    });

    const history = await json(await call("GET", versions.GET, { params }));
    expect(history.data).toHaveLength(2);
    const first = await call("GET", version.GET, { params: { id, version: "1" } });
    expect(await json(first)).toMatchObject({ version: 1, current: false, origin: "created" });
    const restored = await call("POST", restore.POST, { params: { id, version: "2" } });
    expect(await json(restored)).toMatchObject({ version: 3 });

    const paused = await call("PATCH", schedule.PATCH, { params, body: { enabled: false } });
    expect(await json(paused)).toMatchObject({ enabled: false, nextRunAt: null });
    expect(await json(await call("GET", schedule.GET, { params }))).toMatchObject({ enabled: false });

    const page = await json(await call("GET", list.GET, { query: "?limit=5&q=ord" }));
    expect(page).toMatchObject({
      data: [{ id, slug: "orders", executable: true, lastRun: null }],
      pagination: { total: 1, hasMore: false, limit: 5, cursor: null },
    });
    expect((await call("DELETE", one.DELETE, { params })).status).toBe(200);
    expect((await call("GET", one.GET, { params })).status).toBe(404);
    expect((await call("POST", undelete.POST, { params })).status).toBe(200);
    expect(await json(await call("GET", one.GET, { params }))).toMatchObject({ version: 3 });
  });

  test("run a pipeline, follow it, and cancel", async () => {
    const ctx = await testCtx();
    const call = await client(ctx);
    await call("POST", list.POST, { body: { irVersion: "1.0", ir: ordersIr("orders") } });
    const params = { id: "orders" };
    const headers = { "idempotency-key": "once" };
    const asked = await call("POST", run.POST, { params, headers });
    expect(asked.status).toBe(202);
    const { runId } = await json<{ runId: string }>(asked);
    expect(await json(await call("POST", run.POST, { params, headers }))).toEqual({ runId, existing: true });
    const at = { id: "orders", runId };
    expect(await json(await call("GET", progress.GET, { params: at }))).toMatchObject({
      runId,
      status: "queued",
      rowsRead: 0,
      nodes: [{ nodeId: "src" }, { nodeId: "load" }],
      ledger: null,
    });
    const stream = await call("GET", events.GET, { params: { runId } });
    expect(stream.headers.get("content-type")).toContain("text/event-stream");
    await finishRun(await claimed(ctx, runId), { status: "completed", rowsRead: 3 });
    const text = await stream.text();
    expect(text).toContain("event: progress");
    expect(text.trim().split("\n").at(-1)).toContain('"status":"completed"');
    expect((await call("POST", cancel.POST, { params: { runId } })).status).toBe(409);
    const ofPipeline = await json(await call("GET", pipelineRuns.GET, { params, query: "?limit=1" }));
    const ofTenant = await json(await call("GET", runs.GET, { query: "?status=completed" }));
    expect(ofTenant.data).toEqual(ofPipeline.data);
  });

  test("refuse what is wrong, with a code and a pointer", async () => {
    const ctx = await testCtx();
    const [call, viewer] = [await client(ctx), await client(ctx, ["ROLE_VIEWER"])];
    const create = (body: unknown, as = call) => as("POST", list.POST, { body });
    const refused = await create({ name: "x", irVersion: "2.0", ir: ordersIr("orders") });
    expect(refused.status).toBe(400);
    expect(await json(refused)).toMatchObject({ code: "bad_request", issues: [{ path: "/irVersion" }] });
    const invalid = await create({ irVersion: "1.0", ir: { ...ordersIr("orders"), extra: 1 } });
    expect(await json(invalid)).toMatchObject({ status: 400, code: "invalid_ir", issues: [{}] });
    expect((await create({ irVersion: "1.0", ir: ordersIr("orders") }, viewer)).status).toBe(403);
    const draft = await create({ irVersion: "1.0", ir: draftIr("half") });
    expect(await json(draft)).toMatchObject({ executable: false, warnings: [{}] });
    expect((await create({ irVersion: "1.0", ir: draftIr("half") })).status).toBe(409);
    const asked = await call("POST", run.POST, { params: { id: "half" } });
    expect(await json(asked)).toMatchObject({ status: 409, code: "not_executable", issues: [{}] });
    expect((await call("GET", list.GET, { query: "?cursor=nonsense" })).status).toBe(400);
    expect((await call("GET", list.GET, { query: "?limit=1000" })).status).toBe(400);
    expect((await call("GET", one.GET, { params: { id: "absent" } })).status).toBe(404);
    const unknown = { params: { runId: "not-a-uuid" } };
    expect((await call("GET", events.GET, unknown)).status).toBe(400);
    const put = await call("PUT", list.PUT, { body: {} });
    expect([put.status, put.headers.get("allow")]).toEqual([405, expect.stringContaining("POST")]);
  });

  test("check a document without keeping it, and say what can be done", async () => {
    const ctx = await testCtx();
    const call = await client(ctx);
    await call("POST", list.POST, { body: { irVersion: "1.0", ir: ordersIr("orders") } });
    const check = async (body: object) => json(await call("POST", validate.POST, { body }));
    expect(await check({ ir: draftIr("half") })).toMatchObject({ ok: false, issues: [{}] });
    expect(await check({ ir: draftIr("half"), strength: "saved" })).toMatchObject({ ok: true, issues: [] });
    expect(await check({ ir: 7 })).toMatchObject({ ok: false });
    const changed = ordersIr("orders", { loadMode: "truncate" });
    expect(await check({ ir: changed, pipelineId: "orders" })).toMatchObject({ ok: true, changes: [{}] });
    expect((await json(await call("GET", capabilities.GET))).items).not.toEqual([]);
    expect(await json(await call("GET", irSchema.GET))).toHaveProperty("$schema");
    expect(await ctx.db.pipeline.count({ where: { tenantId: ctx.tenant } })).toBe(1);
  });
});
