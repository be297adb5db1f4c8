import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { runPipeline } from "./run-pipeline.ts";

const COLUMNS = [
  { name: "id", type: "integer" },
  { name: "note", type: "string" },
];

withDatabase("the steps of a run whose source is slow", ({ database, testCtx }) => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  /** A server that sends a file but for its end, which it is told to send. */
  async function startHolding() {
    const held: ServerResponse[] = [];
    const server = createServer((request, response) => {
      response.writeHead(200, { "content-type": "text/csv" });
      if (request.method === "HEAD") return void response.end();
      response.write(`id,note\n${Array.from({ length: 50_000 }, (_, at) => `${at},some words\n`).join("")}`);
      held.push(response);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stops.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    const { port } = server.address() as AddressInfo;
    const end = (last: string) => {
      for (const response of held.splice(0)) response.end(last);
    };
    return { url: `http://127.0.0.1:${port}/slow.csv`, end };
  }

  /** A run whose source has sent nearly all of its rows, and holds the rest back. */
  async function underWay(check: Record<string, unknown> = {}) {
    const ctx = await testCtx();
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    const { url, end } = await startHolding();
    const { name: sourceRef } = await createSource({
      ctx,
      input: { connector: "http_pull", name: uniqueId("web"), fields: { url } },
    });
    const config = { path: "slow.csv", format: { type: "csv", columns: COLUMNS } };
    const ops = [{ op: "rename", from: "note", to: "words" }];
    const ir = {
      kind: "pipeline",
      version: "1.0",
      id: uniqueId("p").replace("_", "-"),
      metadata: { name: "P" },
      nodes: [
        { id: "src", kind: "source", connector: "http_pull", sourceRef, config },
        { id: "change", kind: "transform", input: "src", ops },
        { id: "check", kind: "validate", input: "change", ...check },
        { id: "out", kind: "target", input: "check", schema: `shop.${uniqueId("t")}`, loadMode: "append" },
      ],
    };
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    stops.push(await workRuns(runPipeline, { database: database() }));
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => (await progress(ctx, runId)).rowsRead > 10_000);
    const steps = async () =>
      Object.fromEntries((await progress(ctx, runId)).nodes.map((node) => [node.nodeId, node]));
    const ended = () => until(async () => !["queued", "running"].includes(await status(ctx, runId)));
    return { steps, ended, end };
  }

  test("are under way until its last row was read", async () => {
    const { steps, ended, end } = await underWay({
      rowLevel: [{ id: "has", field: "words", rule: "not_null" }],
    });
    const running = { status: "running", finishedAt: null };
    expect(await steps()).toMatchObject({ src: running, change: running, check: running });
    expect((await steps()).out?.status).not.toBe("completed");
    const before = Date.now();
    end("50000,the end\n");
    await ended();
    const done = await steps();
    for (const step of Object.values(done)) {
      expect(step).toMatchObject({ status: "completed", rowsOut: 50_001 });
      expect(Date.parse(step.finishedAt ?? "")).toBeGreaterThanOrEqual(before);
    }
    expect((done.out?.finishedAt ?? "") >= (done.src?.finishedAt ?? "x")).toBe(true);
  });

  test("did not fail where another one did", async () => {
    const { steps, ended, end } = await underWay({
      datasetLevel: { rowCount: { min: 100_000, onFail: "abort" } },
    });
    end("");
    await ended();
    expect(await steps()).toMatchObject({
      ...{ src: { status: "completed" }, change: { status: "completed" } },
      ...{ check: { status: "failed", error: { code: "check_failed" } }, out: { status: "skipped" } },
    });
  });

  test("are cut off where one before them failed", async () => {
    const { steps, ended, end } = await underWay({
      rowLevel: [{ id: "has", field: "words", rule: "not_null" }],
    });
    end('50000,"never closed');
    await ended();
    expect(await steps()).toMatchObject({
      src: { status: "failed", error: { nodeId: "src" } },
      ...{ change: { status: "cancelled", error: null }, check: { status: "cancelled", error: null } },
      out: { error: null },
    });
  });
});
