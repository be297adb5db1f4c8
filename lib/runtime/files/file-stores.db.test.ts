import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connectorOf, type FileStore } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { publishVersion, requestRun, workRuns } from "#lib/runs/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { FILE_STORES, type FileStorePlace } from "#tests/file-stores.ts";
import { progress, status, until } from "#tests/run-kit.ts";
import { runPipeline } from "../run-pipeline.ts";

const TENANT = "t_demo";

withDatabase("files of every store", ({ database, testCtx }) => {
  describe.each(FILE_STORES)("$connector", ({ connector, found, start }) => {
    describe.skipIf(!found)(found ? "" : "(skipped: not installed)", () => {
      let place: FileStorePlace;
      let folder: string;
      let stop: () => Promise<void>;
      let store: FileStore;
      beforeAll(async () => {
        folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
        place = await start();
        const port = connectorOf(connector);
        if (port.family !== "file") throw new Error("It has no files");
        store = await port.open({ tenant: TENANT, config: place.config });
        stop = await workRuns(runPipeline, { database: database() });
      }, 60_000);
      afterAll(async () => {
        await stop?.();
        await store?.close();
        await place?.stop();
        rmSync(folder, { recursive: true, force: true });
      });

      const lying = async (where: string) => {
        const pattern = { type: "glob" as const, value: "**" };
        const files = await store.list({ path: where, pattern }).catch(() => []);
        return files.map((file) => file.path.slice(file.path.lastIndexOf("/") + 1));
      };

      async function ran(ctx: Ctx, config: object, archives: object[]) {
        const name = uniqueId("source").replace("_", "-");
        await createSource({ ctx, input: { connector, name, fields: place.config } });
        const format = { type: "csv", columns: [{ name: "id", type: "integer" }] };
        const pattern = { type: "glob", value: "*.csv" };
        const source = { id: "src", kind: "source", connector, sourceRef: name };
        const ir = {
          kind: "pipeline",
          version: "1.0",
          id: uniqueId("p").replace("_", "-"),
          metadata: { name: "P" },
          nodes: [
            { ...source, config: { path: place.inbox, pattern, format, ...config } },
            {
              id: "out",
              kind: "target",
              input: "src",
              schema: `shop.${uniqueId("tab")}`,
              loadMode: "append",
            },
            ...archives,
          ],
        };
        const { pipelineId } = await publishVersion({ ctx, input: { ir, origin: "created" } });
        const { runId } = await requestRun({ ctx, input: { pipelineId } });
        await until(async () => !["queued", "running"].includes(await status(ctx, runId)));
        await until(async () => (await ctx.db.takenFile.count({ where: { runId, settledAt: null } })) === 0);
        return progress(ctx, runId);
      }

      test("are taken, put away, and archived there and on this machine", async () => {
        const ctx = await testCtx({ tenant: TENANT });
        const local = {
          id: "here",
          kind: "archive",
          input: "src",
          to: path.join(folder, "kept"),
          compress: "gz",
        };
        const there = { id: "there", kind: "archive", input: "src", to: "kept/{YYYY}" };
        await place.put("a.csv", "id\n1\n");
        await place.put("b.csv", "id\n2\n");
        const atomicity = { stagingFolder: "staging", successFolder: "done", failureFolder: "failed" };
        const writable = store.writing !== undefined;
        const done = await ran(ctx, writable ? { atomicity } : {}, writable ? [local, there] : [local]);
        expect(done.error).toBeNull();
        expect(done).toMatchObject({ status: "completed", rowsOut: 2, ledger: { balanced: true } });
        expect(readdirSync(path.join(folder, "kept")).sort()).toEqual(["a.csv.gz", "b.csv.gz"]);
        expect(String(gunzipSync(readFileSync(path.join(folder, "kept/a.csv.gz"))))).toBe("id\n1\n");
        if (!writable) return;
        expect(await lying("done")).toEqual(["a.csv", "b.csv"]);
        expect(await lying(`kept/${done.startedAt?.slice(0, 4)}`)).toEqual(["a.csv", "b.csv"]);
        expect([...(await lying("staging")), ...(await lying(place.inbox))]).toEqual([]);
        await place.put("a.csv", "id\n3,4\n");
        expect(await ran(ctx, { atomicity }, [])).toMatchObject({ status: "failed" });
        expect(await lying("failed")).toEqual(["a.csv"]);
        expect(await lying(place.inbox)).toEqual([]);
      }, 60_000);
    });
  });
});
