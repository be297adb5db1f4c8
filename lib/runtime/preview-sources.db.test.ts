import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openLocalStore } from "#lib/connectors/index.ts";
import { openDuckdb } from "#lib/duckdb.ts";
import { compile, parsePipelineIR, sqlLiteral } from "#lib/ir/index.ts";
import { type Place, readsTables, systems } from "#tests/matrix/places.ts";
import { COLUMNS } from "#tests/matrix/table.ts";
import type { IrNode } from "#tests/plan-kit.ts";
import { dryRun } from "./dry-run.ts";
import { type ReadableSource, reachSource } from "./index.ts";

const ROWS = 100;
const MEGABYTE = 1_048_576;
/** What may be under way when the reader has enough: an SFTP reads that far ahead. */
const SPARE = 3 * MEGABYTE;

/** A source whose bytes are counted as they leave it. */
function counted(source: ReadableSource, count: (bytes: number) => void): ReadableSource {
  if (source.kind === "rows") return source;
  if (source.kind === "table")
    return {
      kind: "table",
      open: async (request) => {
        const table = await source.open(request);
        const csv = async () => {
          const rows = await table.csv();
          rows.stream.on("data", (chunk: Buffer) => count(chunk.length));
          return rows;
        };
        return { ...table, csv, close: () => table.close() };
      },
    };
  const { store } = source;
  return {
    kind: "store",
    store: {
      list: (...given) => store.list(...given),
      stat: (...given) => store.stat(...given),
      identityOf: (...given) => store.identityOf(...given),
      close: () => store.close(),
      open: async (file) => {
        const opened = await store.open(file);
        const stream: typeof opened.stream = (range) => {
          const bytes = opened.stream(range);
          bytes.on("data", (chunk: Buffer) => count(chunk.length));
          return bytes;
        };
        return { ...opened, stream, close: () => opened.close() };
      },
    },
  };
}

async function preview(node: IrNode, reach: () => Promise<ReadableSource>) {
  const catalogue = { sources: [{ ref: "saved", connector: String(node.connector) }], destinations: [] };
  const target = { id: "out", kind: "target", input: "src", schema: "a.b", loadMode: "append" };
  const document = {
    kind: "pipeline",
    version: "1.0",
    id: "p",
    metadata: { name: "P" },
    nodes: [node, target],
  };
  const parsed = parsePipelineIR(document, { strength: "executable", catalogue });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  let bytes = 0;
  const side = await dryRun({
    plan: compile(parsed.ir, catalogue),
    tenant: "t_demo",
    resolveSource: async () =>
      counted(await reach(), (more) => {
        bytes += more;
      }),
    resolveDestination: () => expect.fail("no target is looked for"),
    rows: ROWS,
    signal: new AbortController().signal,
    hold: () => undefined,
  });
  expect(side.error).toBeNull();
  expect(side.nodes[0]?.counts).toMatchObject({ in: ROWS, out: ROWS });
  return { side, bytes };
}

const SAVED = systems(inject("postgresUrl")).filter(({ connector }) => connector !== "local_fs");
for (const { connector, found, start } of SAVED)
  describe.skipIf(!found)(`a dry run from ${connector}${found ? "" : " (skipped: not installed)"}`, () => {
    let place: Place;
    beforeAll(async () => {
      place = await start();
    }, 60_000);
    afterAll(() => place?.stop());

    it("reads the first rows and leaves the rest where it is", async () => {
      const tables = readsTables(connector);
      const long = "x".repeat(tables ? 20 : 1_000);
      const rows = Array.from({ length: tables ? 3_000 : 16_000 }, (_, id) => [id, long] as [number, string]);
      const config = await place.put({ columns: COLUMNS.slice(0, 2), rows });
      const node = { id: "src", kind: "source", connector, sourceRef: "saved", config };
      const { side, bytes } = await preview(node, async () => {
        const step = { nodeId: "src", kind: "source", connector, sourceRef: "saved", config } as never;
        return reachSource({ tenant: "t_demo", config: place.config ?? {} }, {
          ...(step as object),
          family: tables ? "table" : "file",
        } as never);
      });
      expect(side.nodes[0]?.sample[1]).toEqual({ id: 1, v: long });
      expect(bytes).toBeGreaterThan(0);
      expect(bytes).toBeLessThan(tables ? 30 * ROWS : SPARE);
    });
  });

describe("a dry run from files of every kind", () => {
  let folder: string;
  const rows = Array.from({ length: 40_000 }, (_, id) => ({ id, v: randomBytes(200).toString("base64") }));
  const put = (name: string, content: string | Buffer) => {
    const file = path.join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const lines = () => `${rows.map((row) => JSON.stringify(row)).join("\n")}\n`;
  const csv = () => `id,v\n${rows.map(({ id, v }) => `${id},"${v}"`).join("\n")}\n`;
  async function parquet(name: string, more: string): Promise<string> {
    const from = put(`${name}.jsonl`, lines());
    const to = path.join(folder, name);
    const engine = await openDuckdb({
      memoryBytes: 256 * MEGABYTE,
      threads: 1,
      directories: [folder],
      spill: path.join(folder, "spill"),
    });
    try {
      await engine.run(
        `COPY (SELECT id::INT AS id, v FROM read_json(${sqlLiteral(from)}, columns={id: 'INT', v: 'VARCHAR'})) TO ${sqlLiteral(to)} (FORMAT parquet, COMPRESSION uncompressed${more})`,
      );
    } finally {
      engine.close();
    }
    return to;
  }

  it.each<[string, () => string | Promise<string>, number]>([
    ["CSV", () => put("a.csv", csv()), MEGABYTE],
    ["CSV that is packed", () => put("a.csv.gz", gzipSync(csv())), MEGABYTE],
    ["JSON Lines", () => put("a.jsonl", lines()), MEGABYTE],
    ["JSON in one line", () => put("a.json", JSON.stringify(rows)), MEGABYTE],
    [
      "Parquet, its first group of rows alone",
      () => parquet("a.parquet", ", ROW_GROUP_SIZE 2048"),
      2 * MEGABYTE,
    ],
  ])("%s", async (_what, make, most) => {
    const file = await make();
    const node = { id: "src", kind: "source", connector: "local_fs", config: { path: file } };
    const { side, bytes } = await preview(node, async () => ({
      kind: "store",
      store: openLocalStore({ tenant: "t_demo" }),
    }));
    expect(side.nodes[0]?.sample[1]).toMatchObject({ v: rows[1]?.v });
    expect(bytes).toBeLessThan(most);
  });
});
