import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import path from "node:path";
import { readRoots } from "#lib/connectors/index.ts";
import { type Duckdb, openDuckdb } from "#lib/duckdb.ts";
import { env } from "#lib/env.ts";
import { limits } from "#lib/limits.ts";

/** A tenant's embedded warehouse: one DuckDB file, opened by this process alone. */
export type Warehouse = {
  /** A new session; close it. */
  session: () => Promise<Duckdb>;
  /** Runs loads one after another, in a session of theirs that tells how far it is. Do not close it. */
  exclusively: <T>(work: (session: Duckdb) => Promise<T>) => Promise<T>;
  close: () => Promise<void>;
};

const SLOT = Symbol.for("penstock.warehouses");
const store = globalThis as { [SLOT]?: Map<string, Promise<Warehouse>> };

/** Where runs keep their working files. */
export function scratchRoot(): string {
  return path.join(env().dataDir, "scratch");
}

/** The file of a tenant's warehouse. */
export function warehouseFile(tenant: string): string {
  const plain = /^[A-Za-z0-9_-]{1,100}$/.test(tenant);
  const name = plain ? tenant : createHash("sha256").update(tenant).digest("hex");
  return path.join(env().dataDir, "warehouse", `${name}.duckdb`);
}

/** Opens a tenant's warehouse once per process; the server and Next's bundle share it. */
export function openWarehouse(tenant: string): Promise<Warehouse> {
  store[SLOT] ??= new Map();
  const open = store[SLOT];
  const file = warehouseFile(tenant);
  let warehouse = open.get(file);
  if (!warehouse) {
    warehouse = openFile(tenant, file, () => open.delete(file));
    open.set(file, warehouse);
    warehouse.catch(() => open.delete(file));
  }
  return warehouse;
}

/** Closes every warehouse of this process. */
export async function closeWarehouses(): Promise<void> {
  for (const warehouse of [...(store[SLOT]?.values() ?? [])])
    await (await warehouse.catch(() => undefined))?.close();
}

async function openFile(tenant: string, file: string, onClose: () => void): Promise<Warehouse> {
  const folder = path.dirname(file);
  const scratch = scratchRoot();
  for (const each of [folder, scratch]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const database = await openDuckdb({
    file,
    memoryBytes: limits.warehouseBytes,
    threads: 2,
    // Loads read clean files of the tenant's folders where they are.
    directories: [folder, scratch, ...readRoots(tenant)],
    spill: path.join(scratch, "warehouse-spill"),
  });
  let last: Promise<unknown> = Promise.resolve();
  return {
    session: database.session,
    exclusively: (work) => {
      const one = () => work(database);
      const next = last.then(one, one);
      last = next.catch(() => undefined);
      return next;
    },
    close: async () => {
      await last;
      database.close();
      onClose();
    },
  };
}
