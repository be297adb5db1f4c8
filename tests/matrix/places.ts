import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import pg from "pg";
import { type FileFormat, TABLE_CONNECTORS } from "#lib/ir/schema.ts";
import { createAuthority } from "#tests/certificates.ts";
import type { IrNode } from "#tests/plan-kit.ts";
import { findAzurite, startAzurite } from "#tests/servers/azurite.ts";
import { startGcsWire } from "#tests/servers/gcs-wire.ts";
import { findMariadb, startMariadb } from "#tests/servers/mariadb.ts";
import { findNginx, startNginx } from "#tests/servers/nginx.ts";
import { findPureFtpd, startPureFtpd } from "#tests/servers/pure-ftpd.ts";
import { startSnowflakeWire } from "#tests/servers/snowflake-wire.ts";
import { findSshd, startSshd } from "#tests/servers/sshd.ts";
import { findSwift, startSwiftS3 } from "#tests/servers/swift-s3.ts";
import { encode } from "./formats.ts";
import { changeInto, createTable, insertInto } from "./statements.ts";
import type { Table } from "./table.ts";

/** A real system to read from. */
export type Place = {
  /** The saved source's configuration; none for the machine's own files. */
  config?: Record<string, unknown>;
  /** Puts a table there, as a file where the system has files. @returns what a source node is set to */
  put: (table: Table, format?: FileFormat) => Promise<IrNode>;
  /** Makes the table that was put last hold other rows, row by row. Left out where nobody follows changes. */
  change?: (before: Table["rows"], table: Table) => Promise<void>;
  stop: () => Promise<void>;
};

/** Whether a system is installed, and how it is started. */
export type System = { connector: string; found: boolean; start: () => Promise<Place> };

let count = 0;
const fresh = () => `t${process.pid}_${++count}`;
const secret = "a-secret-of-the-tests";

/** Every system that tests can start. @param postgres a superuser's connection string, where there is a server */
export function systems(postgres: string | undefined): System[] {
  return [
    { connector: "local_fs", found: true, start: localPlace },
    { connector: "s3", found: findSwift(), start: swiftPlace },
    { connector: "gcs", found: true, start: gcsPlace },
    { connector: "azure_blob", found: findAzurite() !== undefined, start: azuritePlace },
    { connector: "sftp", found: findSshd() !== undefined, start: sshdPlace },
    { connector: "ftp", found: findPureFtpd() !== undefined, start: ftpPlace },
    { connector: "http_pull", found: findNginx() !== undefined, start: nginxPlace },
    { connector: "postgres", found: postgres !== undefined, start: () => postgresPlace(postgres ?? "") },
    { connector: "mysql", found: findMariadb(), start: mariadbPlace },
    { connector: "snowflake", found: true, start: snowflakePlace },
  ];
}

/** Whether a connector reads tables, and not files. */
export const readsTables = (connector: string): boolean =>
  (TABLE_CONNECTORS as readonly string[]).includes(connector);

/** A place whose files are put by a function. */
function filesAt(
  config: Place["config"],
  write: (name: string, content: Buffer) => unknown,
  stop: Place["stop"],
  folder = "",
): Place {
  return {
    config,
    stop,
    put: async (table, type = "csv") => {
      const name = `${folder}${fresh()}.${type}`;
      await write(name, await encode(type, table));
      return { path: name, format: { type, columns: table.columns } };
    },
  };
}

const filesIn = (config: Place["config"], folder: string, stop: Place["stop"]) =>
  filesAt(config, (name, content) => writeFileSync(path.join(folder, name), content, { mode: 0o644 }), stop);

async function localPlace(): Promise<Place> {
  const folder = mkdtempSync(path.join(tmpdir(), "penstock-files-"));
  const stop = async () => rmSync(folder, { recursive: true, force: true });
  return filesAt(undefined, (file, content) => writeFileSync(file, content), stop, `${folder}/`);
}

async function swiftPlace(): Promise<Place> {
  const { endpoint, region, owner, makeBucket, put, stop } = await startSwiftS3(secret);
  await makeBucket("shop");
  const config = { endpoint, region, bucket: "shop", path_style: true, ...owner };
  return filesAt(config, (key, content) => put("shop", key, content), stop, "orders/");
}

async function gcsPlace(): Promise<Place> {
  const { url: endpoint, bucket, keyFile, put, stop } = await startGcsWire();
  return filesAt({ bucket, endpoint, service_account_json: keyFile() }, put, stop, "orders/");
}

async function azuritePlace(): Promise<Place> {
  const { account, accountKey: account_key, endpoint, stop } = await startAzurite();
  const service = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, account_key));
  const container = service.getContainerClient("exports");
  await container.create();
  const config = { account, account_key, container: "exports", endpoint };
  return filesAt(
    config,
    (name, content) => container.getBlockBlobClient(name).uploadData(content),
    stop,
    "orders/",
  );
}

async function ftpPlace(): Promise<Place> {
  const { host, port, username, password, files, stop } = await startPureFtpd({
    encryption: "off",
    password: secret,
  });
  return filesIn({ host, port, username, password, tls: "off" }, files, stop);
}

async function sshdPlace(): Promise<Place> {
  const { host, port, username, key: private_key, files, stop } = await startSshd();
  return filesIn({ host, port, username, private_key, path: files }, files, stop);
}

async function nginxPlace(): Promise<Place> {
  const tls = createAuthority("tests").issue("DNS:localhost");
  const { url, files, stop } = await startNginx({ tls, password: secret });
  return filesIn({ url: `${url}/open/` }, files, stop);
}

async function postgresPlace(url: string): Promise<Place> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const { hostname: host, port, username, password, pathname } = new URL(url);
  let name = "";
  return {
    config: { host, port: Number(port), database: pathname.slice(1), username, password, sslmode: "disable" },
    put: async (table) => {
      name = `public.${fresh()}`;
      await client.query(`${createTable("postgres", name, table)}; ${insertInto("postgres", name, table)}`);
      return { stream: name, syncMode: "full_refresh" };
    },
    change: async (before, table) => {
      for (const sql of changeInto("postgres", name, before, table)) await client.query(sql);
    },
    stop: () => client.end(),
  };
}

async function mariadbPlace(): Promise<Place> {
  const { host, port, user: username, password, run, stop } = await startMariadb();
  await run("create database shop");
  const inUtc = (...statements: string[]) =>
    run(`set time_zone = '+00:00'; ${statements.join("; ")}`, "shop");
  let name = "";
  return {
    config: { host, port, username, password, database: "shop", ssl: "disable" },
    put: async (table) => {
      name = fresh();
      await inUtc(createTable("mysql", name, table), insertInto("mysql", name, table));
      return { stream: `shop.${name}`, syncMode: "full_refresh" };
    },
    change: async (before, table) => void (await inUtc(...changeInto("mysql", name, before, table))),
    stop,
  };
}

async function snowflakePlace(): Promise<Place> {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  const wire = await startSnowflakeWire({
    ...{ account: "myorg-shop", user: "LOADER", password: secret, publicKey },
    ...{ roles: ["READER"], blindRoles: [], database: "SHOP", schemas: ["PUBLIC"] },
    warehouses: { WH: "running" },
  });
  return {
    config: {
      ...{ account: "myorg-shop", warehouse: "wh", database: "shop", schema: "public", role: "reader" },
      ...{ username: "loader", private_key: privateKey, access_url: wire.url },
    },
    put: async (table) => {
      const name = fresh().toUpperCase();
      const stored = `"PUBLIC"."${name}"`;
      await wire.run(`${createTable("snowflake", stored, table)}; ${insertInto("snowflake", stored, table)}`);
      return { stream: `PUBLIC.${name}`, syncMode: "full_refresh" };
    },
    stop: wire.stop,
  };
}
