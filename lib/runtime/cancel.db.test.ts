import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { cancelRun, publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { runPipeline } from "./run-pipeline.ts";

const ROWS = `${Array.from({ length: 2_000 }, (_, at) => `${at},${"x".repeat(40)}`).join("\n")}\n`;

/** The built-in warehouse is a file beside the embedded engine, and a database beside PostgreSQL. */
withDatabase("cancelling in the middle of a copy", ({ database, testCtx }) => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });

  /** A server whose file never ends: some rows, a pause, some rows. */
  const startEndless = async () => {
    const server = createServer((request, response) => {
      response.writeHead(200, { "content-type": "text/csv" });
      if (request.method === "HEAD") return void response.end();
      response.write("id,note\n");
      const timer = setInterval(() => response.write(ROWS), 20);
      response.once("close", () => clearInterval(timer));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    stops.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/endless.csv`;
  };

  test("ends within two seconds, leaves no row behind, and the pipeline goes on", async () => {
    const ctx = await testCtx();
    const left = { status: { in: ["queued", "running"] } };
    await database().db.run.updateMany({ where: left, data: { status: "cancelled" } });
    const { name: sourceRef } = await createSource({
      ctx,
      input: { connector: "http_pull", name: uniqueId("web"), fields: { url: await startEndless() } },
    });
    const format = {
      type: "csv",
      columns: [
        { name: "id", type: "integer" },
        { name: "note", type: "string" },
      ],
    };
    const config = { path: "endless.csv", format };
    const ir = {
      kind: "pipeline",
      version: "1.0",
      id: uniqueId("p").replace("_", "-"),
      metadata: { name: "P" },
      nodes: [
        { id: "src", kind: "source", connector: "http_pull", sourceRef, config },
        { id: "out", kind: "target", input: "src", schema: `shop.${uniqueId("t")}`, loadMode: "append" },
      ],
    };
    const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
    stops.push(await workRuns(runPipeline, { database: database() }));
    const { runId } = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => (await progress(ctx, runId)).rowsRead > 20_000);
    const { nodes } = await progress(ctx, runId);
    expect(nodes[0]).toMatchObject({ nodeId: "src", startedAt: expect.any(String) });
    await cancelRun({ ctx, input: { runId } });
    await until(async () => (await status(ctx, runId)) === "cancelled");
    const row = await ctx.db.run.findUniqueOrThrow({ where: { id: runId } });
    const took = (row.finishedAt?.getTime() ?? Number.NaN) - (row.cancelRequestedAt?.getTime() ?? 0);
    expect(took).toBeLessThan(2_000);
    const ended = await progress(ctx, runId);
    expect(ended).toMatchObject({ rowsOut: 0, error: null });
    expect(ended.nodes.at(-1)).toMatchObject({ status: "cancelled", finishedAt: expect.any(String) });
    const again = await requestRun({ ctx, input: { pipelineId } });
    await until(async () => (await progress(ctx, again.runId)).rowsRead > 0);
    await cancelRun({ ctx, input: { runId: again.runId } });
    await until(async () => (await status(ctx, again.runId)) === "cancelled");
  }, 90_000);
});
