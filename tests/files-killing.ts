import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { expect } from "vitest";
import { uniqueId } from "./factories.ts";
import type { FilesMoment, FilesOrder, FilesReport } from "./files-victim.ts";
import { createKilled, passTime } from "./killing/database.ts";
import { Forked } from "./killing/forked.ts";

const FILES = 3;
/** Moments of a run with three files that are taken, read, archived and put away. */
export const FILES_MOMENTS: FilesMoment[] = [
  { what: "writing down what is taken", nth: 1 },
  ...several("link", 9),
  ...several("unlink", 9),
  { what: "writing down that files are out of their folder", nth: 1 },
  { what: "marking the load", nth: 1 },
  ...several("open", FILES),
  ...several("writing down where a file goes", FILES),
  ...several("forgetting a file that lies where it belongs", FILES),
  { what: "telling the run's end", nth: 1 },
];

function several(what: FilesMoment["what"], times: number): FilesMoment[] {
  return Array.from({ length: times }, (_, at) => ({ what, nth: at + 1 }));
}

/** Kills workers amid their files, on databases of their own beside a server's others. */
export class FilesKilling {
  private readonly server: string;
  private readonly folder = mkdtempSync(path.join(tmpdir(), "penstock-killed-"));
  private readonly workers: Forked[] = [];

  /** @param server a superuser's connection string */
  constructor(server: string) {
    this.server = server;
  }

  async close(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  /**
   * A worker is killed at a moment, another one ends its run: every file lies in one place, and the table holds what it
   * would hold without the death. @param give further settings of the source
   */
  async expectWhole(moment: FilesMoment, staging: boolean): Promise<void> {
    const at = (...parts: string[]) => path.join(this.folder, name, ...parts);
    const [name, tenant] = [uniqueId("files"), uniqueId("t")];
    mkdirSync(at("in"), { recursive: true });
    const wanted = Array.from({ length: FILES }, (_, n) => n);
    const content = (n: number) => `id\n${2 * n}\n${2 * n + 1}\n`;
    for (const n of wanted) writeFileSync(at("in", `${n}.csv`), content(n));
    const url = await createKilled(this.server, name);
    const order = { tenant, table: "shop.t" };
    const victim = await this.start(url, tenant, {
      ...order,
      begin: { ir: document(at(), staging), moment },
    });
    expect(await victim.ended, `it was not killed at "${moment.what}", ${moment.nth}`).toBe("SIGKILL");
    await passTime(url);
    const next = await this.start(url, tenant, order);
    const report = await next.says<FilesReport>();
    await next.ended;
    const ids = wanted.flatMap((n) => [2 * n, 2 * n + 1]);
    expect(report).toMatchObject({ status: "completed", rowsOut: ids.length, ids, journal: 0 });
    const lying = readdirSync(at(), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.relative(at(), path.join(entry.parentPath, entry.name)))
      .sort();
    expect(lying).toEqual([...wanted.map((n) => `done/${n}.csv`), ...wanted.map((n) => `kept/${n}.csv.gz`)]);
    for (const n of wanted) {
      expect(readFileSync(at("done", `${n}.csv`), "utf8")).toBe(content(n));
      expect(String(gunzipSync(readFileSync(at("kept", `${n}.csv.gz`))))).toBe(content(n));
    }
  }

  private async start(url: string, tenant: string, order: FilesOrder): Promise<Forked> {
    const worker = new Forked("tests/files-victim.ts", {
      PENSTOCK_LOG_LEVEL: "error",
      DATABASE_URL: url,
      PENSTOCK_SECRET_KEY: "a key of the tests, and of nothing else",
      PENSTOCK_DATA_DIR: mkdtempSync(path.join(this.folder, "worker-")),
      PENSTOCK_READ_ROOTS: `${tenant}=${this.folder}`,
      PENSTOCK_WRITE_ROOTS: `${tenant}=${this.folder}`,
    });
    this.workers.push(worker);
    await worker.says();
    worker.tell(order);
    return worker;
  }
}

function document(folder: string, staging: boolean): Record<string, unknown> {
  const atomicity = {
    ...(staging && { stagingFolder: `${folder}/staging` }),
    successFolder: `${folder}/done`,
    failureFolder: `${folder}/failed`,
  };
  const format = { type: "csv", columns: [{ name: "id", type: "integer" }] };
  const pattern = { type: "glob", value: "*.csv" };
  const config = { path: `${folder}/in`, pattern, format, atomicity };
  return {
    kind: "pipeline",
    version: "1.0",
    id: "p",
    metadata: { name: "P" },
    nodes: [
      { id: "src", kind: "source", connector: "local_fs", config },
      { id: "out", kind: "target", input: "src", schema: "shop.t", loadMode: "append" },
      { id: "keep", kind: "archive", input: "src", to: `${folder}/kept`, compress: "gz" },
    ],
    errorHandling: { retry: { maxAttempts: 3, backoff: "fixed" } },
  };
}
