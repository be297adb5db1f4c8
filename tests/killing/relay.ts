import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  createWriteStream,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import pg from "pg";
import { openDuckdb } from "#lib/duckdb.ts";
import { warehouseName } from "#lib/runtime/index.ts";
import { uniqueId } from "../factories.ts";
import type { Order, Report } from "../kill-victim.ts";
import { createKilled, passTime } from "./database.ts";
import type { Cell, Destination } from "./moments.ts";
import { fileOf, linesOf, lookAt, sharedFileOf } from "./run-of-cell.ts";

/** How a cell went: what stood in the table once the worker was dead, and how the next one ended the run. */
export type Outcome = { standing: Awaited<ReturnType<typeof lookAt>>; report: Report };

type Victim = {
  child: ChildProcess;
  ready: Promise<unknown>;
  died: Promise<string>;
  report: Promise<Report>;
};

/**
 * Workers one after another on one Penstock: each ends the run of the one before it, begins one, and is killed in it.
 * The next one is started in the meantime, so that it is ready when it is needed.
 */
export class Relay {
  private folder = "";
  private readonly tenant = uniqueId("t");
  private readonly server: string | undefined;
  private url: string | undefined;
  private cell: Cell | undefined;
  private current: Victim | undefined;
  private waiting: Victim | undefined;
  private readonly started = new Set<ChildProcess>();

  /** @param server a superuser's connection string, for the destination on PostgreSQL. */
  constructor(destination: Destination, server: string | undefined) {
    this.server = destination === "postgres" ? server : undefined;
  }

  /** Makes the database and the files, and has the first worker begin. */
  async begin(cells: readonly Cell[]): Promise<void> {
    this.folder = mkdtempSync(path.join(tmpdir(), "penstock-killed-"));
    mkdirSync(path.join(this.folder, "files"));
    for (const cell of cells) {
      const file = path.join(this.folder, "files", sharedFileOf(cell));
      if (!existsSync(file)) await pipeline(Readable.from(linesOf(cell)), createWriteStream(file));
    }
    if (this.server) this.url = await createKilled(this.server, uniqueId("killed"));
    await this.order(undefined, cells[0]);
  }

  /**
   * Waits until the cell's worker is dead, looks at what it left, and has the next worker end its run.
   * @throws Error if the worker did not get to its moment.
   */
  async follow(cell: Cell, next: Cell | undefined): Promise<Outcome> {
    if (this.cell !== cell) await this.skipTo(cell);
    const said = await this.current?.died;
    if (said !== "reached\n") {
      await this.order(undefined, next);
      throw new Error(`The worker was not killed where it should be: ${said}`);
    }
    const standing = await this.lookFromOutside(cell);
    if (cell.moment.late)
      linkSync(
        path.join(this.folder, "files", sharedFileOf(cell)),
        path.join(this.folder, "files", fileOf(cell)),
      );
    if (this.url) await passTime(this.url);
    const { report, died } = await this.order(cell, next);
    const given = await Promise.race([report, died]);
    if (typeof given === "string") throw new Error(`The next worker ended: ${given}`);
    return { standing, report: given };
  }

  async close(): Promise<void> {
    for (const child of this.started) child.kill("SIGKILL");
    await Promise.all(
      [...this.started].map((child) => child.exitCode ?? child.signalCode ?? once(child, "exit")),
    );
    if (this.folder) rmSync(this.folder, { recursive: true, force: true });
  }

  /** Where only some cells are asked for. */
  private async skipTo(cell: Cell): Promise<void> {
    this.current?.child.kill("SIGKILL");
    await this.current?.died;
    await this.order(undefined, cell);
  }

  private async order(previous: Cell | undefined, next: Cell | undefined): Promise<Victim> {
    const victim = this.waiting ?? this.start();
    this.waiting = next && this.start();
    this.current = victim;
    this.cell = next;
    await victim.ready;
    const name = (cell: Cell | undefined) => cell && { destination: cell.destination, schema: cell.schema };
    const order: Order = {
      tenant: this.tenant,
      folder: path.join(this.folder, "files"),
      previous: name(previous),
      next: name(next),
    };
    victim.child.send(order);
    return victim;
  }

  private start(): Victim {
    const child = fork("tests/kill-victim.ts", {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "pipe", "pipe", "ipc"],
      env: {
        NODE_ENV: "test",
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: path.join(this.folder, "compiled"),
        PENSTOCK_LOG_LEVEL: "warn",
        PENSTOCK_DATA_DIR: path.join(this.folder, "data"),
        PENSTOCK_READ_ROOTS: `${this.tenant}=${path.join(this.folder, "files")}`,
        ...(this.url && {
          DATABASE_URL: this.url,
          PENSTOCK_SECRET_KEY: "a key of the tests, and of nothing else",
        }),
      },
    });
    this.started.add(child);
    let said = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (chunk) => {
        said += chunk;
      });
    const died = once(child, "close").then(([code, signal]) =>
      signal === "SIGKILL" ? said : `${said} (${code ?? signal})`,
    );
    const messages = { ready: Promise.withResolvers<unknown>(), report: Promise.withResolvers<Report>() };
    child.on("message", (message) => {
      if (message === "ready") messages.ready.resolve(message);
      else messages.report.resolve(message as Report);
    });
    return { child, ready: messages.ready.promise, died, report: messages.report.promise };
  }

  /** As another reader sees it. A DuckDB file is read as a copy, so that the next worker finds it as it was left. */
  private async lookFromOutside(cell: Cell): Promise<Outcome["standing"]> {
    if (this.url) return lookAt((sql) => this.query(warehouseName(this.tenant), sql), cell);
    const copies = mkdtempSync(path.join(this.folder, "copy-"));
    const name = `${this.tenant}.duckdb`;
    for (const file of [name, `${name}.wal`]) {
      const from = path.join(this.folder, "data", "warehouse", file);
      if (existsSync(from)) copyFileSync(from, path.join(copies, file));
    }
    const file = path.join(copies, name);
    const options = { directories: [copies], spill: path.join(copies, "spill"), file };
    const engine = await openDuckdb({ memoryBytes: 256 * 2 ** 20, threads: 1, ...options });
    try {
      return await lookAt((sql) => engine.rows(sql), cell);
    } finally {
      engine.close();
      rmSync(copies, { recursive: true });
    }
  }

  private async query(database: string, sql: string): Promise<Record<string, unknown>[]> {
    const at = new URL(this.url ?? "");
    at.pathname = `/${database}`;
    const client = new pg.Client({ connectionString: at.href });
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }
}
