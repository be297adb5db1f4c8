import { randomBytes } from "node:crypto";
import { BlobServiceClient, type ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLEAR_STAGES, fileConnectorKit, type Shelf } from "#tests/file-connector-kit.ts";
import { CANARY, expectToAbort, type SampleFiles, sampleFiles } from "#tests/files-kit.ts";
import { type AzureServer, findAzurite, startAzurite } from "#tests/servers/azurite.ts";
import { startCuttingRelay } from "#tests/servers/cutting-relay.ts";
import { ownServers } from "#tests/servers/own-servers.ts";
import { freePort } from "#tests/services.ts";
import type { AzureBlobSourceConfig } from "../specs/azure-blob.ts";
import { azureBlobConnector } from "./azure-blob.ts";

const kit = fileConnectorKit(azureBlobConnector);
const { check } = kit;

describe.skipIf(!findAzurite())("azure_blob on Azurite", { timeout: 30_000 }, () => {
  let server: AzureServer;
  let files: SampleFiles;
  let base: AzureBlobSourceConfig;
  let container: ContainerClient;
  beforeAll(async () => {
    server = await startAzurite();
    const { account, accountKey, endpoint } = server;
    const service = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, accountKey));
    container = service.getContainerClient("exports");
    await container.create();
    await service.getContainerClient("empty").create();
    files = await sampleFiles();
    // One after another: the last written is the newest.
    for (const [name, content] of Object.entries(files)) await put(name, content);
    base = { account, account_key: accountKey, container: "exports", endpoint };
  }, 60_000);
  afterAll(() => server?.stop());
  const put = (name: string, content: Buffer, contentEncoding?: string) =>
    container
      .getBlockBlobClient(name)
      .uploadData(
        content,
        contentEncoding ? { blobHTTPHeaders: { blobContentEncoding: contentEncoding } } : {},
      );
  const shelf: Shelf = { put, remove: (name) => container.deleteBlob(name) };
  const at = (port: number) => ({ ...base, endpoint: `http://127.0.0.1:${port}/${base.account}` });

  it("reads blobs", async () => {
    await kit.expectToRead(base, files);
  });

  it("looks only at what begins with the prefix", async () => {
    await kit.expectToStayBelow({ ...base, prefix: "orders/" });
  });

  it("says what each stage found", async () => {
    const tried = await check(base);
    expect(tried.code).toBe("ok");
    expect(tried.stages).toEqual(CLEAR_STAGES);
    const empty = await check({ ...base, container: "empty" });
    expect(empty.code).toBe("ok");
    expect(empty.said).toContain("no files yet");
  });

  it.each<[string, () => Partial<AzureBlobSourceConfig>, object]>([
    [
      "an account that is not there",
      () => ({ account: "nosuchaccount0", endpoint: "https://nosuchaccount0.invalid" }),
      { stage: "resolve", code: "unknown_host", field: "endpoint" },
    ],
    [
      "a forbidden address",
      () => ({ endpoint: "http://169.254.169.254/" }),
      { stage: "resolve", code: "forbidden_address", field: "endpoint" },
    ],
    [
      "another key",
      () => ({ account_key: randomBytes(64).toString("base64") }),
      { stage: "authenticate", code: "wrong_credentials", field: "account_key" },
    ],
    [
      "what is no key",
      () => ({ account_key: CANARY }),
      { stage: "authenticate", code: "wrong_credentials", field: "account_key" },
    ],
    [
      "an unknown container",
      () => ({ container: "nowhere" }),
      { stage: "database", code: "unknown_bucket", field: "container" },
    ],
    [
      "TLS on a port without",
      () => ({ endpoint: server.endpoint.replace("http:", "https:") }),
      { stage: "tls", code: "tls_refused" },
    ],
  ])("names %s", async (_fault, change, expected) => {
    expect(await check({ ...base, ...change() })).toMatchObject(expected);
  });

  it("names a closed port", async () => {
    expect(await check(at(await freePort()))).toMatchObject({ stage: "connect", code: "closed_port" });
  });

  it("moves, writes and removes files, and writes over none", async () => {
    await kit.expectToWrite(shelf, base);
  });

  it("goes on where the connection was cut", async () => {
    await kit.expectToGoOn(shelf, { to: server.port, configAt: at });
  });

  it("reads no second version of a blob", async () => {
    const relay = await startCuttingRelay({ to: server.port, afterBytes: 1_500_000, cuts: 1 });
    await kit.expectToNotice(shelf, at(relay.port), { before: 6_000_000, after: 6_000_004 });
    await relay.stop();
  });

  it("says that a blob is packed on the way", async () => {
    await put("packed.csv", Buffer.from("a\n1\n"), "gzip");
    await expect(kit.read(base, "packed.csv")).rejects.toMatchObject({ code: "encoded_answer" });
    await shelf.remove("packed.csv");
  });

  it("ends at once when it is aborted", async () => {
    await kit.expectToEnd(shelf, base);
  });
});

describe("azure_blob on answers of a store", { timeout: 30_000 }, () => {
  const servers = ownServers();
  const answering = async (status: number, code: string, headers: Record<string, string> = {}) => {
    const endpoint = await servers.web((_request, response) => {
      response.writeHead(status, { "content-type": "application/xml", "x-ms-error-code": code, ...headers });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message></Error>`);
    });
    return { account: "anaccount", account_key: "a2V5", container: "exports", endpoint };
  };
  const hourAgo = () => new Date(Date.now() - 3_600_000).toUTCString();

  it.each<[string, () => Promise<AzureBlobSourceConfig>, object]>([
    [
      "a wrong key",
      () => answering(403, "AuthenticationFailed"),
      { stage: "authenticate", code: "wrong_credentials", field: "account_key" },
    ],
    [
      "a clock that is wrong",
      () => answering(403, "AuthenticationFailed", { date: hourAgo() }),
      { stage: "authenticate", code: "clock_skew" },
    ],
    [
      "keys that are not taken",
      () => answering(403, "KeyBasedAuthenticationNotPermitted"),
      { stage: "authenticate", code: "no_access", field: "account_key" },
    ],
    [
      "a firewall of the account",
      () => answering(403, "AuthorizationFailure"),
      { stage: "privileges", code: "list_denied", field: "container" },
    ],
    ["a store in trouble", () => answering(503, "ServerBusy"), { code: "server_failure" }],
  ])("names %s", async (_fault, config, expected) => {
    expect(await check(await config())).toMatchObject(expected);
  });

  it("lets go of a store that never answers", async () => {
    const config = { account: "anaccount", account_key: "a2V5", container: "exports" };
    await expectToAbort(azureBlobConnector, (port) => ({ ...config, endpoint: `http://127.0.0.1:${port}` }));
  });
});
