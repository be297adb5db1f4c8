import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { BlobServiceClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import type { FileConnector } from "#lib/ir/schema.ts";
import { createAuthority } from "./certificates.ts";
import { findAzurite, startAzurite } from "./servers/azurite.ts";
import { startGcsWire } from "./servers/gcs-wire.ts";
import { findNginx, startNginx } from "./servers/nginx.ts";
import { findPureFtpd, startPureFtpd } from "./servers/pure-ftpd.ts";
import { findSshd, startSshd } from "./servers/sshd.ts";
import { findSwift, startSwiftS3 } from "./servers/swift-s3.ts";

/** A real store of files, with a folder into which files come. */
export type FileStorePlace = {
  /** The saved source's configuration. */
  config: Record<string, string | number | boolean>;
  /** The folder, as a source node names it. */
  inbox: string;
  put: (name: string, content: string) => unknown;
  stop: () => Promise<void>;
};

/** Whether a store is installed, and how it is started. */
export type FileStoreKind = {
  connector: FileConnector;
  found: boolean;
  start: () => Promise<FileStorePlace>;
};

const secret = "a-secret-of-the-tests";
const inbox = "in";

/** Every store of files that tests can start. */
export const FILE_STORES: FileStoreKind[] = [
  { connector: "s3", found: findSwift(), start: swift },
  { connector: "gcs", found: true, start: gcs },
  { connector: "azure_blob", found: findAzurite() !== undefined, start: azurite },
  { connector: "sftp", found: findSshd() !== undefined, start: sshd },
  { connector: "ftp", found: findPureFtpd() !== undefined, start: ftp },
  { connector: "http_pull", found: findNginx() !== undefined, start: nginx },
];

async function swift(): Promise<FileStorePlace> {
  const { endpoint, region, owner, makeBucket, put, stop } = await startSwiftS3(secret);
  await makeBucket("shop");
  const config = { endpoint, region, bucket: "shop", path_style: true, ...owner };
  return { config, inbox, put: (name, content) => put("shop", `${inbox}/${name}`, content), stop };
}

async function gcs(): Promise<FileStorePlace> {
  const { url: endpoint, bucket, keyFile, put, stop } = await startGcsWire();
  const config = { bucket, endpoint, service_account_json: keyFile() };
  return { config, inbox, put: (name, content) => put(`${inbox}/${name}`, Buffer.from(content)), stop };
}

async function azurite(): Promise<FileStorePlace> {
  const { account, accountKey: account_key, endpoint, stop } = await startAzurite();
  const service = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, account_key));
  const container = service.getContainerClient("exports");
  await container.create();
  const put = (name: string, content: string) =>
    container.getBlockBlobClient(`${inbox}/${name}`).uploadData(Buffer.from(content));
  return { config: { account, account_key, container: "exports", endpoint }, inbox, put, stop };
}

async function sshd(): Promise<FileStorePlace> {
  const { host, port, username, key: private_key, files, stop } = await startSshd();
  return { config: { host, port, username, private_key, path: files }, inbox, put: putter(files), stop };
}

async function ftp(): Promise<FileStorePlace> {
  const { host, port, username, password, files, stop } = await startPureFtpd({
    encryption: "off",
    password: secret,
  });
  // Only its owner may move a file: the user that signs in.
  return { config: { host, port, username, password, tls: "off" }, inbox, put: putter(files, 1000), stop };
}

async function nginx(): Promise<FileStorePlace> {
  const tls = createAuthority("tests").issue("DNS:localhost");
  const { url, files, stop } = await startNginx({ tls, password: secret });
  return { config: { url: `${url}/open/` }, inbox, put: putter(files), stop };
}

function putter(folder: string, owner?: number): (name: string, content: string) => void {
  const place = path.join(folder, inbox);
  mkdirSync(place);
  if (owner !== undefined) chownSync(place, owner, owner);
  return (name, content) => {
    const file = path.join(place, name);
    writeFileSync(file, content, { mode: 0o644 });
    if (owner !== undefined) chownSync(file, owner, owner);
  };
}
