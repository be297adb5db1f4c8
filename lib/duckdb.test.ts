import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, it } from "vitest";
import { duckdbOnDemand, openDuckdb } from "./duckdb.ts";

const folder = mkdtempSync(path.join(tmpdir(), "penstock-duckdb-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string) => ({
  file: path.join(folder, name),
  memoryBytes: 2 ** 26,
  threads: 1,
  directories: [folder],
  spill: path.join(folder, "spill"),
});

describe("an engine on demand", () => {
  it("is opened by the first question, and closed if it was opened", async () => {
    const options = at("asked.duckdb");
    const engine = duckdbOnDemand(options);
    expect([existsSync(options.file), engine.progress()]).toEqual([false, undefined]);
    await engine.run("CREATE TABLE t AS SELECT 1 AS a");
    expect(await engine.rows("SELECT a FROM t")).toEqual([{ a: 1 }]);
    engine.close();
    const again = await openDuckdb(options);
    expect(await again.rows("SELECT a FROM t")).toEqual([{ a: 1 }]);
    again.close();
  });

  it("answers nothing once it was interrupted, also before it was open", async () => {
    const engine = duckdbOnDemand(at("stopped.duckdb"));
    const asked = engine.rows("SELECT 1 AS a");
    engine.interrupt();
    await expect(asked).rejects.toThrow("Interrupted");
    engine.close();
  });
});

it("says instants in UTC, in every session, wherever the machine is", () => {
  const script = `import { openDuckdb } from ${JSON.stringify(new URL("duckdb.ts", import.meta.url).href)};
    const engine = await openDuckdb(${JSON.stringify({ ...at("unused"), file: undefined })});
    for (const session of [engine, await engine.session()])
      console.log(JSON.stringify(await session.rows("SELECT TIMESTAMPTZ '2026-07-01 10:00:00' AS t, epoch(t) AS s, CAST(t AS VARCHAR) AS text")));
    engine.close();`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    env: { ...process.env, TZ: "Pacific/Auckland" },
  });
  expect(run.stderr).toBe("");
  const ten = { t: "2026-07-01 10:00:00+00", s: Date.parse("2026-07-01T10:00:00Z") / 1000 };
  const said = JSON.stringify([{ ...ten, text: "2026-07-01 10:00:00+00" }]);
  expect(run.stdout.trim().split("\n")).toEqual([said, said]);
});

describe("a database file", () => {
  it("is made in the newer format, and one of the first format is read and written on", async () => {
    const [older, newer] = [at("older.duckdb"), at("newer.duckdb")];
    const first = await DuckDBInstance.create(older.file);
    await (await first.connect()).run("CREATE TABLE t AS SELECT 1 AS a");
    first.closeSync();
    for (const [options, format] of [
      [older, "v1.0.0+"],
      [newer, "v1.5.0+"],
    ] as const) {
      const engine = await openDuckdb(options);
      await engine.run("CREATE TABLE IF NOT EXISTS t (a INTEGER); INSERT INTO t VALUES (2); CHECKPOINT");
      const [row] = await engine.rows(
        "SELECT tags['storage_version'] AS format FROM duckdb_databases() WHERE path IS NOT NULL",
      );
      expect(row).toEqual({ format });
      engine.close();
      const again = await openDuckdb(options);
      expect(await again.rows("SELECT max(a) AS a FROM t")).toEqual([{ a: 2 }]);
      again.close();
    }
  });
});
