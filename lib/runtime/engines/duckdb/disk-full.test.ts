import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openDuckdb } from "#lib/duckdb.ts";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { runPlan } from "../../run-plan.ts";
import type { Warehouse } from "../../warehouse.ts";

const folder = mkdtempSync(path.join(inject("temporaryFolder"), "full-"));
const disk = await smallDisk(path.join(folder, "small"));
const small = disk?.at ?? folder;

afterAll(() => {
  disk?.release();
  rmSync(folder, { recursive: true, force: true });
});

/** A disk of 12 MB of our own: mounted where we are root, elsewhere in a user namespace and reached through /proc. */
async function smallDisk(at: string): Promise<{ at: string; release: () => void } | undefined> {
  mkdirSync(at);
  const mount = ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", at];
  if (process.getuid?.() === 0) {
    const { status } = spawnSync("mount", mount.slice(1));
    return status === 0 ? { at, release: () => void spawnSync("umount", ["-l", at]) } : undefined;
  }
  // The namespace lives as long as cat does, and cat as long as our end of its input.
  const script = `${mount.join(" ")} && echo mounted && exec cat`;
  const holder = spawn("unshare", ["--user", "--map-root-user", "--mount", "sh", "-c", script]);
  const mounted = await new Promise<boolean>((resolve) => {
    holder.once("error", () => resolve(false));
    holder.once("close", () => resolve(false));
    holder.stdout.once("data", () => resolve(true));
  });
  return mounted ? { at: `/proc/${holder.pid}/root${at}`, release: () => holder.stdin.end() } : undefined;
}

const columns = [
  { name: "id", type: "bigint" },
  { name: "note", type: "string" },
];

/** Rows that no compression makes small. */
function file(name: string, rows: number): string {
  let seed = 1;
  const noise = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed.toString(36);
  };
  const lines = Array.from(
    { length: rows },
    (_, id) => `${id},${Array.from({ length: 12 }, noise).join("")}`,
  );
  const whole = path.join(folder, name);
  writeFileSync(whole, `id,note\n${lines.join("\n")}\n`);
  return whole;
}

function run(
  source: string,
  warehouse: Warehouse,
  scratch: string,
  runId: string,
  format: object = { type: "csv", columns },
) {
  const parsed = parsePipelineIR(
    {
      kind: "pipeline",
      version: "1.0",
      id: "p",
      metadata: { name: "P" },
      nodes: [
        {
          id: "src",
          kind: "source",
          connector: "local_fs",
          config: { path: source, format },
        },
        { id: "out", kind: "target", input: "src", schema: "lake.t", loadMode: "append" },
      ],
    },
    { strength: "executable", catalogue: { sources: [], destinations: [] } },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  return runPlan({
    plan: compile(parsed.ir),
    tenant: "t_demo",
    runId,
    scratchDir: path.join(scratch, runId),
    resolveDestination: async () => ({ kind: "duckdb", warehouse }),
  });
}

async function warehouseIn(place: string): Promise<Warehouse> {
  const opened = await openDuckdb({
    file: path.join(place, "w.duckdb"),
    memoryBytes: 64 * 1_048_576,
    threads: 2,
    directories: [folder],
    spill: path.join(folder, "spill"),
  });
  return { session: opened.session, exclusively: (work) => work(opened), close: async () => opened.close() };
}

async function count(warehouse: Warehouse): Promise<number> {
  const session = await warehouse.session();
  const [found] = await session.rows("SELECT count(*) AS n FROM lake.t");
  session.close();
  return Number(found?.n);
}

describe.skipIf(!disk)(`a full disk${disk ? "" : " (skipped, no small disk may be mounted)"}`, () => {
  let large: string;
  let little: string;
  beforeAll(() => {
    large = file("large.csv", 400_000);
    little = file("little.csv", 1_000);
  });

  it("of working files: says so, loads nothing, leaves nothing, and the next run is right", async () => {
    const warehouse = await warehouseIn(folder);
    // Packed, it has to be kept on its way; as it is, the warehouse reads it where it lies.
    const packed = `${large}.gz`;
    writeFileSync(packed, gzipSync(readFileSync(large)));
    await run(little, warehouse, small, "first");
    const full = await run(packed, warehouse, small, "second");
    expect(full).toMatchObject({ status: "failed", error: { code: "disk_full", retryable: true } });
    expect(full.error?.hint).toMatch(/free/i);
    expect(await count(warehouse)).toBe(1_000);
    expect(readdirSync(small)).toEqual([]);
    expect(await run(little, warehouse, small, "third")).toMatchObject({ status: "completed" });
    expect(await run(packed, warehouse, folder, "second")).toMatchObject({ ledger: { loaded: 400_000 } });
    expect(await count(warehouse)).toBe(402_000);
    await warehouse.close();
  }, 60_000);

  it("of working files also where a file is copied there first", async () => {
    const warehouse = await warehouseIn(folder);
    const lines = readFileSync(large, "utf8").split("\n").slice(1, -1);
    const json = path.join(folder, "large.jsonl");
    writeFileSync(json, lines.map((line) => JSON.stringify({ line })).join("\n"));
    const full = await run(json, warehouse, small, "json", { type: "jsonl" });
    expect(full.error).toMatchObject({ code: "disk_full", nodeId: "src" });
    expect(readdirSync(small)).toEqual([]);
    await warehouse.close();
  }, 60_000);

  // DuckDB follows the links of a database's path, and the one into a namespace leads out of it again.
  const reached = small.startsWith("/proc/");
  const reason = reached ? " (skipped, only root may mount a disk that DuckDB keeps a database on)" : "";
  it.skipIf(reached)(
    `of the warehouse${reason}: says so, leaves the table as it was, and the next run is right`,
    async () => {
      let warehouse = await warehouseIn(small);
      await run(little, warehouse, folder, "first");
      const full = await run(large, warehouse, folder, "second");
      expect(full).toMatchObject({
        status: "failed",
        error: { code: "disk_full", nodeId: "out", retryable: true },
      });
      expect(full.error?.hint).toMatch(/free/i);
      expect(await count(warehouse)).toBe(1_000);
      expect(await run(little, warehouse, folder, "third")).toMatchObject({ status: "completed" });
      await warehouse.close();
      warehouse = await warehouseIn(small);
      expect(await count(warehouse)).toBe(2_000);
      await warehouse.close();
    },
    60_000,
  );
});
