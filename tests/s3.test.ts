import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { connectorOf, type FilePort, type FileStore } from "#lib/connectors/index.ts";
import { openDuckdb } from "#lib/duckdb.ts";
import { fileConnectorKit, TENANT } from "#tests/file-connector-kit.ts";
import { bytesOf } from "#tests/files-kit.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";
import { startCuttingRelay } from "#tests/servers/cutting-relay.ts";
import { findSwift, type SwiftS3, startSwiftS3 } from "#tests/servers/swift-s3.ts";

const CANARY = "canary-0f1e2d3c-of-the-bucket";
const BUCKET = "exports";
const ROWS = 20_000;

const s3 = connectorOf("s3") as FilePort<Record<string, unknown>>;
const kit = fileConnectorKit(s3);

describe.skipIf(!findSwift())("files of a real S3 store", { timeout: 60_000 }, () => {
  let swift: SwiftS3;
  let lab: PlanLab;
  beforeAll(async () => {
    lab = openPlanLab();
    swift = await startSwiftS3(CANARY);
    await swift.makeBucket(BUCKET);
  }, 60_000);
  afterAll(async () => {
    await lab?.close();
    await swift?.stop();
  });

  const config = (more: Record<string, unknown> = {}) => ({
    bucket: BUCKET,
    region: swift.region,
    endpoint: swift.endpoint,
    path_style: true,
    ...swift.owner,
    ...more,
  });
  const using = <T>(more: Record<string, unknown>, use: (store: FileStore) => Promise<T>) =>
    kit.reading(config(more), use);

  /** The same files here and in the bucket, under the same path. */
  const both = async (name: string, content: string | Buffer) => {
    lab.put(name, content);
    await swift.put(BUCKET, name, content);
  };
  const loaded = async (source: IrNode) => {
    const table = lab.table();
    const outcome = await lab.run([source, lab.target("src", table)]);
    expect(outcome.error).toBeUndefined();
    const [sums = {}] = await lab.query(
      `SELECT count(*) AS rows, md5(string_agg(t::VARCHAR, chr(10) ORDER BY t::VARCHAR)) AS sum FROM ${table} t`,
    );
    return { rows: Number(sums.rows), sum: sums.sum };
  };
  const alike = async (set: IrNode, rows: number) => {
    const at = (folder: unknown) => path.join(lab.folder, String(folder ?? ""));
    const here = await loaded(lab.source({ ...set, path: at(set.path) }));
    const there = await loaded({ ...lab.source(set), ...lab.saved("s3", config()) });
    expect(here.rows).toBe(rows);
    expect(there).toEqual(here);
  };

  const lines = (from = 0, count = ROWS) =>
    Array.from({ length: count }, (_, at) => {
      const id = from + at;
      return `${id},"näme, ""${id}""",${id % 7 === 0 ? "" : (id / 4).toFixed(2)}`;
    });
  const csv = (from?: number, count?: number) => `id,name,price\n${lines(from, count).join("\n")}\n`;
  const columns = [
    { name: "id", type: "bigint" },
    { name: "name", type: "string" },
    { name: "price", type: "decimal(12,2)" },
  ];

  it("moves, writes and removes files, and writes over none", async () => {
    await swift.makeBucket("written");
    const put = (name: string, content: Buffer) => swift.put("written", name, content);
    await kit.expectToWrite({ put, remove: () => undefined }, config({ bucket: "written" }));
  });

  it("loads CSV, with types, as it loads the same file of this machine", async () => {
    await both("plain/a.csv", csv());
    await alike({ path: "plain/a.csv", format: { type: "csv", columns } }, ROWS);
  });

  it("loads several compressed CSV files of a pattern", async () => {
    for (const part of [0, 1, 2])
      await both(`daily/orders-2024-0${part + 1}.csv.gz`, gzipSync(csv(part * 1_000, 1_000)));
    await both("daily/other.csv.gz", gzipSync("x\n1\n"));
    await alike({ path: "daily", pattern: { type: "glob", value: "orders-*.csv.gz" } }, 3_000);
  });

  it("loads JSON Lines", async () => {
    const objects = Array.from({ length: 2_000 }, (_, id) =>
      JSON.stringify({ id, tags: ["ä", id], deep: { at: id % 3 === 0 ? null : id } }),
    );
    await both("events/2024/01/a.jsonl", `${objects.join("\n")}\n`);
    await alike({ path: "events", pattern: { type: "glob", value: "**/*.jsonl" } }, 2_000);
  });

  it("loads Parquet", async () => {
    const spill = path.join(lab.folder, "spill");
    const engine = await openDuckdb({ directories: [lab.folder], spill, memoryBytes: 2 ** 27, threads: 1 });
    const file = path.join(lab.folder, "made.parquet");
    await engine.run(
      `COPY (SELECT i, md5(i::VARCHAR) AS v, (i / 3)::DECIMAL(12,2) AS d FROM range(${ROWS}) t(i)) TO '${file}' (FORMAT parquet)`,
    );
    engine.close();
    await both("tables/t.parquet", readFileSync(file));
    await alike({ path: "tables/t.parquet" }, ROWS);
    const page = await s3.discover({ tenant: TENANT, config: config({ prefix: "tables/" }) }, { limit: 5 });
    expect(page.streams[0]?.columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
      "i bigint",
      "v string",
      "d decimal(12,2)",
    ]);
    const preview = await s3.preview(
      { tenant: TENANT, config: config() },
      { stream: "tables/t.parquet", rows: 2 },
    );
    expect(preview.rows.map(([i, , d]) => [i, d])).toEqual([
      ["0", "0.00"],
      ["1", "0.33"],
    ]);
  });

  it("reads a file to its end over connections that break, every byte once", async () => {
    const body = Buffer.from(csv(0, 200_000));
    await swift.put(BUCKET, "large/a.csv", body);
    const relay = await startCuttingRelay({ to: swift.port, afterBytes: body.length / 4, cuts: 3 });
    try {
      await using({ endpoint: `http://127.0.0.1:${relay.port}` }, async (store) => {
        const file = await store.open("large/a.csv");
        const hash = createHash("sha256");
        for await (const chunk of file.stream()) hash.update(chunk);
        expect(hash.digest("hex")).toBe(createHash("sha256").update(body).digest("hex"));
        const part = await bytesOf(file, { start: 1_000_003, end: 1_000_103 });
        expect(part).toEqual(body.subarray(1_000_003, 1_000_103));
      });
      expect(relay.cuts()).toBe(3);
    } finally {
      await relay.stop();
    }
  });

  it("does not put two versions of a file together", async () => {
    await swift.put(BUCKET, "changing/a.csv", csv(0, 200_000));
    const relay = await startCuttingRelay({ to: swift.port, afterBytes: 1_000_000, cuts: 1 });
    try {
      await using({ endpoint: `http://127.0.0.1:${relay.port}` }, async (store) => {
        const file = await store.open("changing/a.csv");
        let replaced = false;
        const read = async () => {
          for await (const _ of file.stream()) {
            if (!replaced) await swift.put(BUCKET, "changing/a.csv", csv(7, 200_000));
            replaced = true;
          }
        };
        await expect(read()).rejects.toMatchObject({ code: "file_changed", retryable: true });
      });
    } finally {
      await relay.stop();
    }
  });

  it("lists page after page, below the prefix and nowhere else, and stops when it has enough", async () => {
    const names = Array.from({ length: 45 }, (_, at) => `many/part-${String(at).padStart(3, "0")} é&.csv`);
    const left = [...names, "many/deep/part-1.csv", "many-other/part-1.csv"];
    const putAll = async () => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) await swift.put(BUCKET, key, "a\n1\n");
    };
    await Promise.all(Array.from({ length: 6 }, putAll));
    await using({}, async (store) => {
      const pattern = { type: "glob" as const, value: "*.csv" };
      const all = await store.list({ path: "many", pattern });
      expect(all.map((file) => file.path)).toEqual(names);
      const [latest, ...rest] = await store.list({ path: "many", pattern, ordering: "latest_by_mtime" });
      expect([rest.length, latest?.bytes]).toEqual([0, 4]);
      await expect(store.list({ path: "many" })).rejects.toMatchObject({ code: "path_is_folder" });
      await expect(store.list({ path: "many/none.csv" })).rejects.toMatchObject({ code: "file_not_found" });
      await expect(store.list({ path: "many", pattern: { ...pattern, value: "x*" } })).rejects.toMatchObject({
        code: "no_files",
        retryable: true,
      });
    });
    await using({ prefix: "many/part-01" }, async (store) => {
      const found = await store.list({ pattern: { type: "glob", value: "*" } });
      expect(found.map((file) => file.path)).toEqual(names.slice(10, 20));
      await expect(store.list({ path: names[30] })).rejects.toMatchObject({ code: "file_not_found" });
    });
    const given = { tenant: TENANT, config: config({ prefix: "many/" }) };
    const page = await s3.discover(given, { limit: 10 });
    expect(page).toMatchObject({ total: 2, nextCursor: null });
    expect(page.streams[1]).toMatchObject({
      name: "many/part-* é&.csv",
      bytes: 180,
      columns: [{ name: "a", type: "bigint" }],
      files: { path: "many", pattern: { type: "glob", value: "part-* é&.csv" } },
      note: "45 files.",
    });
    expect(await s3.preview(given, { stream: "many/part-* é&.csv", rows: 5 })).toEqual({
      columns: [{ name: "a", type: "bigint" }],
      rows: [["1"]],
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["nothing wrong", {}, {}],
    ["nobody's key", { access_key_id: "test:nobody" }, { stage: "authenticate", code: "wrong_credentials" }],
    [
      "another secret",
      { secret_access_key: `${CANARY}x` },
      { stage: "authenticate", code: "wrong_credentials", field: "secret_access_key" },
    ],
    ["no such bucket", { bucket: "nowhere" }, { stage: "database", code: "unknown_bucket" }],
    [
      "another region",
      { region: "eu-west-1" },
      { stage: "database", code: "wrong_region", fix: "Set the region to us-east-1." },
    ],
    [
      "a key that may not list",
      { access_key_id: "other:stranger" },
      { stage: "privileges", code: "list_denied" },
    ],
  ])("tells %s", async (_title, more, failure) => {
    const result = await s3.check({ tenant: TENANT, config: config(more) });
    expect(result.ok).toBe(Object.keys(failure).length === 0);
    expect(result.failure ?? {}).toMatchObject(failure);
    expect(JSON.stringify(result)).not.toContain(CANARY);
  });

  it("says what is wrong with a run's source, and nothing of the key", async () => {
    const wrong = {
      ...lab.source({ path: "plain/a.csv" }),
      ...lab.saved("s3", config({ bucket: "nowhere" })),
    };
    const table = lab.table();
    const outcome = await lab.run([wrong, lab.target("src", table)]);
    expect(outcome.error).toMatchObject({ code: "unknown_bucket", nodeId: "src" });
    expect(JSON.stringify(outcome)).not.toContain(CANARY);
  });
});
