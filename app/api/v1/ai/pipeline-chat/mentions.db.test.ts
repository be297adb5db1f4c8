import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { runPipeline } from "#lib/runtime/index.ts";
import { updateAiSettings } from "#lib/settings/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { startModelWire } from "#tests/model-wire.ts";
import { prompts, section } from "#tests/proposal-kit.ts";
import { status, until } from "#tests/run-kit.ts";
import * as chat from "./route.ts";

withDatabase("what a message points at, over the route", ({ database, testCtx }) => {
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

  /** Only the tenant of a fresh install may read the system's temporary folder. */
  async function loaded() {
    const ctx = await testCtx({ tenant: "t_demo" });
    const table = `shop.${uniqueId("tab")}`;
    const file = path.join(folder, "a.csv");
    writeFileSync(file, "id,mail\n1,a@example.org\n2,b@example.org\n");
    const columns = [
      { name: "id", type: "bigint" },
      { name: "mail", type: "string" },
    ];
    const config = { path: file, format: { type: "csv", columns } };
    const nodes = [
      { id: "src", kind: "source", connector: "local_fs", config },
      { id: "out", kind: "target", input: "src", schema: table, loadMode: "append" },
    ];
    const id = uniqueId("p").replace("_", "-");
    const ir = { kind: "pipeline", version: "1.0", id, metadata: { name: "P" }, nodes };
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => (await status(ctx, runId)) === "completed");
    return { ctx, pipelineId, runId, table, columns };
  }

  async function post(ctx: Ctx, body: object) {
    const { secret } = await createApiKey({ ctx, input: { name: "test", roles: ["ROLE_DATA_ENGINEER"] } });
    const headers = { authorization: `Bearer ${secret}`, "content-type": "application/json" };
    const asked = new Request("http://localhost/x", { method: "POST", headers, body: JSON.stringify(body) });
    const response = await chat.POST(asked, { params: Promise.resolve({}) });
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  test("the tables of the tenant's own warehouse are told with their columns and without rows", async () => {
    const { ctx, pipelineId, runId, table, columns } = await loaded();
    const wire = await startModelWire();
    try {
      await updateAiSettings({
        ctx,
        input: { provider: "openai-compatible", model: "local", baseUrl: `${wire.url}/v1` },
      });
      const mentions = [`table:${table}`, `run:${runId}`, "column:out.mail", "src"];
      const body = { pipelineId, message: "What do these hold?", mentions };
      expect(await post(ctx, body)).toMatchObject({ status: 200, body: { ok: true } });
      const [prompt = ""] = prompts(wire);
      expect(section(prompt, "other_things_pointed_at")).toMatchObject([
        { kind: "table", table, columns },
        { kind: "run", run: runId, status: "completed", rows: { read: 2, out: 2 } },
        { kind: "column", node: "out", column: "mail", type: "string" },
      ]);
      expect(prompt).not.toContain("a@example.org");
      const wrong = { ...body, mentions: ["src", "table:_penstock.loads", "table:shop.none"] };
      expect(await post(ctx, wrong)).toMatchObject({
        status: 400,
        body: { error: "bad_request", issues: [{ path: "/mentions/1" }, { path: "/mentions/2" }] },
      });
      const other = await testCtx();
      expect(await post(other, { message: "x", mentions: [`table:${table}`] })).toMatchObject({
        status: 400,
        body: { issues: [{ code: "unknown_mention", path: "/mentions/0" }] },
      });
      expect(wire.calls).toHaveLength(1);
    } finally {
      await updateAiSettings({ ctx, input: { provider: "rules" } });
      await wire.close();
    }
  });
});
