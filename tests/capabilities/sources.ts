import { writeFileSync } from "node:fs";
import path from "node:path";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import pg from "pg";
import { expect } from "vitest";
import { createAuthority } from "#tests/certificates.ts";
import type { IrNode, PlanLab } from "#tests/plan-kit.ts";
import { findAzurite, startAzurite } from "#tests/servers/azurite.ts";
import { startGcsWire } from "#tests/servers/gcs-wire.ts";
import { findMariadb, startMariadb } from "#tests/servers/mariadb.ts";
import { findNginx, startNginx } from "#tests/servers/nginx.ts";
import { findPureFtpd, startPureFtpd } from "#tests/servers/pure-ftpd.ts";
import { findSshd, startSshd } from "#tests/servers/sshd.ts";
import { findSwift, startSwiftS3 } from "#tests/servers/swift-s3.ts";
import type { CapabilityCase } from "./case.ts";

type Row = [id: number, v: string | null];

/** A real system to read from. */
export type SourcePlace = {
  /** The saved source's configuration. */
  config: Record<string, unknown>;
  /** Puts rows of `id` and `v` there. @returns what a source node is set to */
  put: (rows: Row[]) => Promise<IrNode>;
  stop: () => Promise<void>;
};

/** Whether a system is installed, and how it is started. */
export type SourceSystem = { connector: string; found: boolean; start: () => Promise<SourcePlace> };

let count = 0;
const fresh = () => `t${process.pid}_${++count}`;
const fileOf = (rows: Row[]) =>
  `id,v\n${rows.map(([id, v]) => `${id},${v === null ? "" : `"${v}"`}`).join("\n")}\n`;
const columns = [
  { name: "id", type: "integer" },
  { name: "v", type: "string" },
];
const csvAt = (where: string) => ({ path: where, format: { type: "csv", columns } });
const secret = "a-secret-of-the-tests";

/** Every system that tests can start. @param postgres a superuser's connection string, where there is a server */
export function sourceSystems(postgres: string | undefined): SourceSystem[] {
  return [
    { connector: "postgres", found: postgres !== undefined, start: () => postgresPlace(postgres ?? "") },
    { connector: "mysql", found: findMariadb(), start: mariadbPlace },
    { connector: "s3", found: findSwift(), start: swiftPlace },
    { connector: "gcs", found: true, start: gcsPlace },
    { connector: "azure_blob", found: findAzurite() !== undefined, start: azuritePlace },
    { connector: "ftp", found: findPureFtpd() !== undefined, start: ftpPlace },
    { connector: "sftp", found: findSshd() !== undefined, start: sshdPlace },
    { connector: "http_pull", found: findNginx() !== undefined, start: nginxPlace },
  ];
}

const insertOf = (rows: Row[]) =>
  rows.map(([id, v]) => `(${id}, ${v === null ? "null" : `'${v}'`})`).join(", ");

async function postgresPlace(url: string): Promise<SourcePlace> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { hostname: host, port, username, password, pathname } = new URL(url);
  return {
    config: { host, port: Number(port), database: pathname.slice(1), username, password, sslmode: "disable" },
    put: async (rows) => {
      const table = fresh();
      await client.query(
        `create table public.${table} (id integer, v text); insert into public.${table} values ${insertOf(rows)}`,
      );
      return { stream: `public.${table}`, syncMode: "full_refresh" };
    },
    stop: () => client.end(),
  };
}

async function mariadbPlace(): Promise<SourcePlace> {
  const { host, port, user: username, password, run, stop } = await startMariadb();
  await run("create database shop");
  return {
    config: { host, port, username, password, database: "shop", ssl: "disable" },
    put: async (rows) => {
      const table = fresh();
      await run(
        `create table ${table} (id int, v text); insert into ${table} values ${insertOf(rows)}`,
        "shop",
      );
      return { stream: `shop.${table}`, syncMode: "full_refresh" };
    },
    stop,
  };
}

async function swiftPlace(): Promise<SourcePlace> {
  const { endpoint, region, owner, makeBucket, put, stop } = await startSwiftS3(secret);
  await makeBucket("shop");
  return {
    config: { endpoint, region, bucket: "shop", path_style: true, ...owner },
    put: async (rows) => {
      const key = `orders/${fresh()}.csv`;
      await put("shop", key, fileOf(rows));
      return csvAt(key);
    },
    stop,
  };
}

async function gcsPlace(): Promise<SourcePlace> {
  const { url: endpoint, bucket, keyFile, put, stop } = await startGcsWire();
  return {
    config: { bucket, endpoint, service_account_json: keyFile() },
    put: async (rows) => {
      const name = `orders/${fresh()}.csv`;
      put(name, Buffer.from(fileOf(rows)));
      return csvAt(name);
    },
    stop,
  };
}

async function azuritePlace(): Promise<SourcePlace> {
  const { account, accountKey: account_key, endpoint, stop } = await startAzurite();
  const service = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, account_key));
  const container = service.getContainerClient("exports");
  await container.create();
  return {
    config: { account, account_key, container: "exports", endpoint },
    put: async (rows) => {
      const name = `orders/${fresh()}.csv`;
      await container.getBlockBlobClient(name).uploadData(Buffer.from(fileOf(rows)));
      return csvAt(name);
    },
    stop,
  };
}

async function ftpPlace(): Promise<SourcePlace> {
  const server = await startPureFtpd({ encryption: "off", password: secret });
  const { host, port, username, password, files, stop } = server;
  return {
    config: { host, port, username, password, tls: "off" },
    put: async (rows) => putFile(files, rows),
    stop,
  };
}

async function sshdPlace(): Promise<SourcePlace> {
  const { host, port, username, key: private_key, files, stop } = await startSshd();
  return {
    config: { host, port, username, private_key, path: files },
    put: async (rows) => putFile(files, rows),
    stop,
  };
}

async function nginxPlace(): Promise<SourcePlace> {
  const { url, files, stop } = await startNginx({
    tls: createAuthority("tests").issue("DNS:localhost"),
    password: secret,
  });
  return { config: { url: `${url}/open/` }, put: async (rows) => putFile(files, rows), stop };
}

function putFile(folder: string, rows: Row[]): IrNode {
  const name = `${fresh()}.csv`;
  writeFileSync(path.join(folder, name), fileOf(rows), { mode: 0o644 });
  return csvAt(name);
}

/** Every load mode from a system into a lab's destination; the rows tell whether each did what it says. */
export function sourceCases(
  connector: string,
  kind: PlanLab["kind"],
  place: () => SourcePlace,
): CapabilityCase[] {
  const load = async (lab: PlanLab, table: string, rows: Row[], more: IrNode = {}) => {
    const { config, put } = place();
    const source = { id: "src", kind: "source", ...lab.saved(connector, config), config: await put(rows) };
    const ran = await lab.run([source, lab.target("src", table, more)]);
    expect(ran.error).toBeUndefined();
    expect(ran).toMatchObject({ status: "completed", ledger: { balanced: true, read: rows.length } });
    return ran.ledger.nodes.out;
  };
  const pairs = async (lab: PlanLab, table: string) =>
    (await lab.query(`select id, v from ${table} order by id, v`)).map(({ id, v }) => [Number(id), v]);
  const modes: Record<string, (lab: PlanLab) => Promise<void>> = {
    append: async (lab) => {
      const table = lab.table();
      await load(lab, table, [
        [1, "a"],
        [2, null],
      ]);
      expect(await load(lab, table, [[1, "é"]])).toMatchObject({ in: 1, inserted: 1 });
      expect(await pairs(lab, table)).toEqual([
        [1, "a"],
        [1, "é"],
        [2, null],
      ]);
    },
    truncate: async (lab) => {
      const [table, loadMode] = [lab.table(), "truncate"];
      await load(
        lab,
        table,
        [
          [1, "a"],
          [2, "b"],
        ],
        { loadMode },
      );
      await load(lab, table, [[3, "c"]], { loadMode });
      expect(await pairs(lab, table)).toEqual([[3, "c"]]);
    },
    upsert: async (lab) => {
      const [table, more] = [lab.table(), { loadMode: "upsert", upsertKey: ["id"] }];
      await load(
        lab,
        table,
        [
          [1, "a"],
          [2, "b"],
          [3, null],
        ],
        more,
      );
      expect(
        await load(
          lab,
          table,
          [
            [2, "B"],
            [3, null],
            [4, "d"],
          ],
          more,
        ),
      ).toMatchObject({ in: 3, inserted: 1, updated: 1, unchanged: 1 });
      expect(await pairs(lab, table)).toEqual([
        [1, "a"],
        [2, "B"],
        [3, null],
        [4, "d"],
      ]);
    },
    blue_green: async (lab) => {
      const [table, loadMode] = [lab.table(), "blue_green"];
      await load(
        lab,
        table,
        [
          [1, "a"],
          [2, "b"],
        ],
        { loadMode },
      );
      expect(await load(lab, table, [[3, "é"]], { loadMode })).toMatchObject({ in: 1, inserted: 1 });
      expect(await pairs(lab, table)).toEqual([[3, "é"]]);
    },
    incremental_watermark: async (lab) => {
      const [table, more] = [lab.table(), { loadMode: "incremental_watermark", watermarkColumn: "id" }];
      await load(
        lab,
        table,
        [
          [1, "a"],
          [2, "b"],
        ],
        more,
      );
      const counts = await load(
        lab,
        table,
        [
          [2, "B"],
          [3, null],
          [4, "d"],
        ],
        more,
      );
      expect(counts).toMatchObject({ in: 3, inserted: 2, late: 1 });
      expect(await pairs(lab, table)).toEqual([
        [1, "a"],
        [2, "b"],
        [3, null],
        [4, "d"],
      ]);
    },
  };
  return Object.entries(modes).map(([mode, run]) => ({
    line: `load ${mode}: ${connector} → ${kind}`,
    title: "counts and rows",
    run,
  }));
}
