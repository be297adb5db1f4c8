import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CLEAR_STAGES, fileConnectorKit } from "#tests/file-connector-kit.ts";
import {
  bytesOf,
  CANARY,
  expectToAbort,
  largeFile,
  type SampleFiles,
  sampleFiles,
} from "#tests/files-kit.ts";
import { type GcsWire, startGcsWire } from "#tests/servers/gcs-wire.ts";
import { freePort } from "#tests/services.ts";
import type { GcsSourceConfig } from "../specs/gcs.ts";
import { gcsConnector } from "./gcs.ts";

const kit = fileConnectorKit(gcsConnector);
const { check } = kit;

describe("gcs on a small server of ours", { timeout: 30_000 }, () => {
  let wire: GcsWire;
  let files: SampleFiles;
  let base: GcsSourceConfig;
  beforeAll(async () => {
    wire = await startGcsWire();
    files = await sampleFiles();
    for (const [name, content] of Object.entries(files)) wire.put(name, content);
    base = { bucket: wire.bucket, service_account_json: wire.keyFile(), endpoint: wire.url };
  }, 60_000);
  afterAll(() => wire?.stop());
  const at = (endpoint: string) => ({
    endpoint,
    service_account_json: wire.keyFile({ token_uri: `${endpoint}/token` }),
  });
  const key = (change: Record<string, unknown>) => ({ service_account_json: wire.keyFile(change) });

  it("reads objects, page after page, with one token", async () => {
    await kit.expectToRead(base, files);
    const [given, pages] = [wire.tokensGiven(), wire.pagesListed()];
    await kit.discover(base, 50);
    expect(wire.tokensGiven() - given).toBe(1);
    expect(wire.pagesListed() - pages).toBeGreaterThan(2);
  });

  it("looks only at what begins with the prefix", async () => {
    await kit.expectToStayBelow({ ...base, prefix: "orders/" });
  });

  it("says what each stage found", async () => {
    const tried = await check(base);
    expect(tried.code).toBe("ok");
    expect(tried.stages).toEqual(CLEAR_STAGES);
    const empty = await check({ ...base, prefix: "nothing-here/" });
    expect(empty.code).toBe("ok");
    expect(empty.said).toContain("no files yet");
  });

  it.each<[string, () => Partial<GcsSourceConfig>, object]>([
    [
      "an unknown host",
      () => at("http://no-such-host.invalid"),
      { stage: "resolve", code: "unknown_host", field: "endpoint" },
    ],
    [
      "a forbidden address",
      () => at("http://169.254.169.254"),
      { stage: "resolve", code: "forbidden_address", field: "endpoint" },
    ],
    [
      "what is no JSON",
      () => ({ service_account_json: `{"private_key": "${CANARY}` }),
      { stage: "authenticate", code: "malformed_key", field: "service_account_json" },
    ],
    [
      "a key of another kind",
      () => key({ type: "authorized_user" }),
      { stage: "authenticate", code: "malformed_key" },
    ],
    [
      "a key that lacks something",
      () => key({ client_email: undefined }),
      { stage: "authenticate", code: "malformed_key" },
    ],
    [
      "a private key that is none",
      () => key({ private_key: CANARY }),
      { stage: "authenticate", code: "malformed_key" },
    ],
    [
      "a place for tokens that is not Google's",
      () => key({ token_uri: "https://evil.example.com/token" }),
      { stage: "authenticate", code: "malformed_key" },
    ],
    [
      "another account's key",
      () => ({ service_account_json: wire.keyFile({}, true) }),
      { stage: "authenticate", code: "wrong_credentials", field: "service_account_json" },
    ],
    [
      "an account that is not there",
      () => key({ client_email: "nobody@example.com" }),
      { stage: "authenticate", code: "wrong_credentials" },
    ],
    [
      "an unknown bucket",
      () => ({ bucket: "no-such-bucket" }),
      { stage: "database", code: "unknown_bucket", field: "bucket" },
    ],
    [
      "what is no API",
      () => ({ endpoint: `${wire.url}/elsewhere` }),
      { stage: "database", code: "unknown_bucket" },
    ],
  ])("names %s", async (_fault, change, expected) => {
    expect(await check({ ...base, ...change() })).toMatchObject(expected);
  });

  it("names a closed port", async () => {
    const closed = at(`http://127.0.0.1:${await freePort()}`);
    expect(await check({ ...base, ...closed })).toMatchObject({ stage: "connect", code: "closed_port" });
  });

  it("names the role that is missing", async () => {
    wire.allow({ list: false, read: true });
    const listing = await check(base);
    expect(listing).toMatchObject({
      stage: "privileges",
      code: "list_denied",
      field: "service_account_json",
    });
    expect(listing.said).toContain("roles/storage.objectViewer");
    wire.allow({ list: true, read: false });
    expect(await check(base)).toMatchObject({ stage: "first_row", code: "read_denied" });
    wire.allow({ list: true, read: true });
  });

  it("names a clock that is wrong", async () => {
    wire.setClock(3_600);
    expect(await check(base)).toMatchObject({ stage: "authenticate", code: "clock_skew" });
    wire.setClock(0);
  });

  it("asks for a new token when the old one is no longer taken", async () => {
    await kit.reading(base, async (store) => {
      const file = await store.open("lines.jsonl");
      wire.revokeTokens();
      expect((await bytesOf(file)).equals(files["lines.jsonl"] ?? Buffer.of())).toBe(true);
      wire.revokeTokens();
      expect(await store.list({ path: "lines.jsonl" })).toHaveLength(1);
    });
  });

  it("moves, writes and removes files, and writes over none", async () => {
    await kit.expectToWrite(wire, base);
  });

  it("goes on where the connection was cut", async () => {
    const configAt = (port: number) => ({ ...base, ...at(`http://127.0.0.1:${port}`) });
    await kit.expectToGoOn(wire, { to: wire.port, configAt });
  });

  it("reads no second version of an object", async () => {
    wire.put("changing.csv", largeFile(1_000_000));
    await kit.reading(base, async (store) => {
      const file = await store.open("changing.csv");
      wire.put("changing.csv", largeFile(1_000_004).subarray(4));
      await expect(bytesOf(file)).rejects.toMatchObject({ code: "file_changed" });
    });
    wire.remove("changing.csv");
  });

  it("says that an object is packed on the way", async () => {
    wire.put("packed.csv", Buffer.from("a\n1\n"), "gzip");
    await expect(kit.read(base, "packed.csv")).rejects.toMatchObject({ code: "encoded_answer" });
    wire.remove("packed.csv");
  });

  it("ends at once when it is aborted", async () => {
    await kit.expectToEnd(wire, base);
  });

  it("lets go of a server that never answers", async () => {
    await expectToAbort(gcsConnector, (port) => ({ ...base, ...at(`http://127.0.0.1:${port}`) }));
  });
});
