import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import type { FilePort, Given, OpenedFile } from "#lib/connectors/connector.ts";
import { isDataError } from "#lib/connectors/data-error.ts";
import { openDuckdb } from "#lib/duckdb.ts";
import { listenOn } from "./servers/listening.ts";

/** Stands in every secret of a test of connectors; it may be in nothing that comes out. */
export const CANARY = "canary-4f1d9c";

/** Files as connectors find them, by path. */
export type SampleFiles = Record<string, Buffer>;

/** CSV, packed CSV, JSON Lines and Parquet in two folders, with names that need care. */
export async function sampleFiles(): Promise<SampleFiles> {
  const csv = Buffer.from(`id,name\n${Array.from({ length: 50 }, (_, n) => `${n},"é ${n}"\n`).join("")}`);
  return {
    "orders/2024-01-01.csv": csv,
    "orders/2024-01-02.csv": Buffer.concat([csv, Buffer.from("99,last\n")]),
    "orders/old/2023-12-31.csv": csv,
    "packed.csv.gz": gzipSync(csv),
    "lines.jsonl": Buffer.from('{"a":1}\n{"a":2}\n'),
    "rows.parquet": await parquet(),
    "a & b %41 é.csv": csv,
    "readme.html": Buffer.from("<p>nothing to read"),
  };
}

async function parquet(): Promise<Buffer> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-parquet-"));
  const engine = await openDuckdb({
    directories: [folder],
    spill: path.join(folder, "spill"),
    memoryBytes: 2 ** 26,
    threads: 1,
  });
  try {
    await engine.run(
      `COPY (SELECT i AS id, md5(i::VARCHAR) AS v FROM range(20000) t(i)) TO '${folder}/a.parquet' (FORMAT parquet)`,
    );
    return readFileSync(path.join(folder, "a.parquet"));
  } finally {
    engine.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bytes that are not alike anywhere, of a large file. */
export function largeFile(bytes: number): Buffer {
  const large = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) large.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);
  return large;
}

/** All bytes of an open file, or a part of them. */
export async function bytesOf(file: OpenedFile, range?: { start?: number; end?: number }): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of file.stream(range)) parts.push(chunk as Buffer);
  return Buffer.concat(parts);
}

/**
 * What every connector of files has to do with {@link sampleFiles}: names and columns of streams, first rows, files by
 * path and pattern in order, and the same bytes, whole and in parts.
 */
export async function expectToRead<Config>(
  port: FilePort<Config>,
  given: Given<Config>,
  files: SampleFiles,
): Promise<void> {
  const names = [
    "a & b %41 é.csv",
    "lines.jsonl",
    "orders/*.csv",
    "orders/old/2023-12-31.csv",
    "packed.csv.gz",
    "rows.parquet",
  ];
  expect(await port.names(given)).toEqual(names);
  const page = await port.discover(given, { limit: 50 });
  const columns = page.streams.map(({ name, columns }) => [
    name,
    columns.map((column) => column.name).join(),
  ]);
  expect(Object.fromEntries(columns)).toMatchObject({
    "orders/*.csv": "id,name",
    "packed.csv.gz": "id,name",
    "rows.parquet": "id,v",
    "lines.jsonl": "a",
  });
  const { rows } = await port.preview(given, { stream: "orders/*.csv", rows: 2 });
  expect(rows).toEqual([
    ["0", "é 0"],
    ["1", "é 1"],
  ]);
  const store = await port.open(given);
  try {
    for (const [name, content] of Object.entries(files)) {
      const file = await store.open(name);
      expect([file.name, file.bytes]).toEqual([path.posix.basename(name), content.length]);
      expect((await bytesOf(file)).equals(content), name).toBe(true);
      const part = await bytesOf(file, { start: 5, end: Math.min(300, content.length) });
      expect(part.equals(content.subarray(5, 300)), `a part of ${name}`).toBe(true);
      await file.close();
    }
    const found = async (pattern: string, folder?: string) =>
      (await store.list({ ...(folder && { path: folder }), pattern: { type: "glob", value: pattern } })).map(
        (file) => file.path,
      );
    expect(await found("*.csv", "orders")).toEqual(["orders/2024-01-01.csv", "orders/2024-01-02.csv"]);
    expect(await found("**/*.csv")).toHaveLength(4);
    const [latest] = await store.list({
      path: "orders",
      pattern: { type: "regex", value: "^2024" },
      ordering: "latest_by_mtime",
    });
    expect(latest?.path).toBe("orders/2024-01-02.csv");
    const [one] = await store.list({ path: "packed.csv.gz" });
    expect(one).toMatchObject({ path: "packed.csv.gz", bytes: files["packed.csv.gz"]?.length });
    expect(Math.abs((one?.modifiedAt.getTime() ?? 0) - Date.now())).toBeLessThan(10 * 60_000);
    await expect(store.list({ path: "nothing.csv" })).rejects.toMatchObject({ code: "file_not_found" });
    await expect(store.open("nothing.csv")).rejects.toMatchObject({ code: "file_not_found" });
  } finally {
    await store.close();
  }
}

/**
 * What came of a check, in short: the code and field it failed with, or `ok`. Reading it has to fail where the check
 * does, or go as well; and the canary must be in nothing that comes out.
 */
export async function outcome<Config>(
  port: FilePort<Config>,
  tenant: string,
  config: Config,
): Promise<{ stage?: string; code: string; field?: string; stages: string[]; said: string }> {
  const [result, read] = await Promise.all([
    port.check({ tenant, config }),
    port.names({ tenant, config }).then(
      () => undefined,
      (error: unknown) => error,
    ),
  ]);
  const said = JSON.stringify(result);
  for (const text of [said, inspect(read, { depth: 8, showHidden: true })])
    expect(text).not.toContain(CANARY);
  for (const { message } of result.stages) expect(message).not.toBe("");
  const { failure } = result;
  if (failure) for (const text of [failure.message, failure.fix]) expect(text).toMatch(/^\S.*\S$/s);
  if (read !== undefined) expect(isDataError(read) && read.code).toBe(failure?.code);
  else if (failure) expect(["database", "privileges", "first_row"]).toContain(failure.stage);
  const stages = result.stages.map(({ stage }) => stage);
  return {
    ...(failure && { stage: failure.stage, field: failure.field }),
    code: failure?.code ?? "ok",
    stages,
    said,
  };
}

/** A check and a reading of a server that takes connections and says nothing have to end when they are aborted. */
export async function expectToAbort<Config>(
  port: FilePort<Config>,
  configOf: (port: number) => Config,
): Promise<void> {
  const abort = new AbortController();
  let open = 0;
  const server = createServer((socket) => {
    open++;
    socket.on("error", () => undefined).on("close", () => open--);
    socket.once("data", () => abort.abort(new Error("enough")));
    // Some protocols let the server speak first.
    setTimeout(() => abort.abort(new Error("enough")), 300);
    socket.resume();
  });
  const { port: silent, stop } = await listenOn(server);
  const config = configOf(silent);
  const given = { tenant: "t_demo", config };
  const started = performance.now();
  await Promise.all([
    expect(port.check(given, { signal: abort.signal })).rejects.toThrow("enough"),
    expect(port.names(given, { signal: abort.signal })).rejects.toThrow("enough"),
  ]);
  expect(performance.now() - started).toBeLessThan(3_000);
  await expect.poll(() => open).toBe(0);
  await stop();
}

/** Writes files below a folder of this machine, each a second newer than the one before. */
export function writeInto(folder: string, files: SampleFiles): void {
  let seconds = Date.now() / 1000 - 60;
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    seconds++;
    utimesSync(file, seconds, seconds);
  }
}
