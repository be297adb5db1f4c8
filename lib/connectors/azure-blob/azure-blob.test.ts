import { randomBytes } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import { BlobServiceClient, type ContainerClient, StorageSharedKeyCredential } from "@azure/storage-blob";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bytesOf,
  expectToAbort,
  expectToRead,
  largeFile,
  outcome,
  type SampleFiles,
  sampleFiles,
} from "#tests/files-kit.ts";
import { type AzureServer, findAzurite, startAzurite } from "#tests/servers/azurite.ts";
import { startCuttingRelay } from "#tests/servers/cutting-relay.ts";
import { freePort } from "#tests/services.ts";
import type { AzureBlobSourceConfig } from "../specs/azure-blob.ts";
import { azureBlobConnector } from "./azure-blob.ts";

const tenant = "t_demo";
const check = (config: AzureBlobSourceConfig) => outcome(azureBlobConnector, tenant, config);

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

  it("reads blobs", async () => {
    await expectToRead(azureBlobConnector, { tenant, config: base }, files);
  });

  it("looks only at what begins with the prefix", async () => {
    const config = { ...base, prefix: "orders/" };
    expect(await azureBlobConnector.names({ tenant, config })).toEqual([
      "orders/*.csv",
      "orders/old/2023-12-31.csv",
    ]);
    const store = await azureBlobConnector.open({ tenant, config });
    await expect(store.open("lines.jsonl")).rejects.toMatchObject({ code: "file_not_found" });
    await store.close();
  });

  it("says what each stage found", async () => {
    const tried = await check(base);
    expect(tried.code).toBe("ok");
    expect(tried.stages).toEqual([
      "resolve",
      "connect",
      "authenticate",
      "database",
      "privileges",
      "first_row",
    ]);
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
      () => ({ account_key: "canary-4f1d9c" }),
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
    const endpoint = `http://127.0.0.1:${await freePort()}/${base.account}`;
    expect(await check({ ...base, endpoint })).toMatchObject({ stage: "connect", code: "closed_port" });
  });

  it("goes on where the connection was cut", async () => {
    const large = largeFile(6_000_000);
    await put("large.csv", large);
    const relay = await startCuttingRelay({ to: server.port, afterBytes: 1_500_000, cuts: 3 });
    const endpoint = `http://127.0.0.1:${relay.port}/${base.account}`;
    const store = await azureBlobConnector.open({ tenant, config: { ...base, endpoint } });
    const file = await store.open("large.csv");
    expect((await bytesOf(file)).equals(large)).toBe(true);
    expect(relay.cuts()).toBe(3);
    await relay.stop();
    await container.deleteBlob("large.csv");
  });

  it("reads no second version of a blob", async () => {
    await put("changing.csv", largeFile(6_000_000));
    const relay = await startCuttingRelay({ to: server.port, afterBytes: 1_500_000, cuts: 1 });
    const endpoint = `http://127.0.0.1:${relay.port}/${base.account}`;
    const store = await azureBlobConnector.open({ tenant, config: { ...base, endpoint } });
    const file = await store.open("changing.csv");
    const reading = (async () => {
      let first = true;
      for await (const _ of file.stream()) {
        if (first) await put("changing.csv", largeFile(6_000_004));
        first = false;
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: "file_changed" });
    await relay.stop();
    await container.deleteBlob("changing.csv");
  });

  it("says that a blob is packed on the way", async () => {
    await put("packed.csv", Buffer.from("a\n1\n"), "gzip");
    const store = await azureBlobConnector.open({ tenant, config: base });
    await expect(store.open("packed.csv")).rejects.toMatchObject({ code: "encoded_answer" });
    await container.deleteBlob("packed.csv");
  });

  it("ends at once when it is aborted", async () => {
    await put("long.csv", largeFile(8_000_000));
    const abort = new AbortController();
    const store = await azureBlobConnector.open({ tenant, config: base }, { signal: abort.signal });
    const file = await store.open("long.csv");
    const reading = (async () => {
      for await (const _ of file.stream()) abort.abort(new Error("enough"));
    })();
    await expect(reading).rejects.toThrow();
    await container.deleteBlob("long.csv");
  });
});

describe("azure_blob on answers of a store", { timeout: 30_000 }, () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
  });
  const answering = async (
    status: number,
    code: string,
    headers: Record<string, string> = {},
    detail = "",
  ) => {
    const answer: RequestListener = (_request, response) => {
      response.writeHead(status, { "content-type": "application/xml", "x-ms-error-code": code, ...headers });
      response.end(
        `<?xml version="1.0"?><Error><Code>${code}</Code><Message>No.</Message><AuthenticationErrorDetail>${detail}</AuthenticationErrorDetail></Error>`,
      );
    };
    const server = createServer(answer);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    return {
      account: "anaccount",
      account_key: "a2V5",
      container: "exports",
      endpoint: `http://127.0.0.1:${port}`,
    };
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
