import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import pg from "pg";
import { expect } from "vitest";
import { uniqueId } from "./factories.ts";
import type { FilesMoment, FilesOrder, FilesReport } from "./files-victim.ts";
import { TEMPLATE } from "./postgres-once.ts";

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
  private readonly children = new Set<ChildProcess>();

  /** @param server a superuser's connection string */
  constructor(server: string) {
    this.server = server;
  }

  close(): void {
    for (const child of this.children) child.kill("SIGKILL");
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
    await this.query("postgres", `create database "${name}" template "${TEMPLATE}"`);
    const url = Object.assign(new URL(this.server), { pathname: `/${name}` }).href;
    const order = { tenant, table: "shop.t" };
    const victim = await this.start(url, tenant, {
      ...order,
      begin: { ir: document(at(), staging), moment },
    });
    const [, signal] = (await once(victim, "exit")) as [number | null, string | null];
    expect(signal, `it was not killed at "${moment.what}", ${moment.nth}`).toBe("SIGKILL");
    // The next one need not wait until its worker is missed.
    await this.query(
      name,
      `update "Run" set "heartbeatAt" = now() - interval '1 hour' where status = 'running';
       update pgboss.job set heartbeat_on = now() - interval '1 hour' where state = 'active'`,
    );
    const next = await this.start(url, tenant, order);
    const [report] = (await once(next, "message")) as [FilesReport];
    await once(next, "exit");
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

  private async start(url: string, tenant: string, order: FilesOrder): Promise<ChildProcess> {
    const child = fork(path.resolve("tests/files-victim.ts"), {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: {
        NODE_ENV: "test",
        PATH: process.env.PATH,
        PENSTOCK_LOG_LEVEL: "error",
        DATABASE_URL: url,
        PENSTOCK_SECRET_KEY: "a key of the tests, and of nothing else",
        PENSTOCK_DATA_DIR: mkdtempSync(path.join(this.folder, "worker-")),
        PENSTOCK_READ_ROOTS: `${tenant}=${this.folder}`,
        PENSTOCK_WRITE_ROOTS: `${tenant}=${this.folder}`,
      },
    });
    this.children.add(child);
    child.once("exit", () => this.children.delete(child));
    await once(child, "message");
    child.send(order);
    return child;
  }

  private async query(database: string, sql: string): Promise<void> {
    const at = Object.assign(new URL(this.server), { pathname: `/${database}` });
    const client = new pg.Client({ connectionString: at.href });
    await client.connect();
    await client.query(sql).finally(() => client.end());
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
