import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CLEAR_STAGES, TENANT } from "#tests/file-connector-kit.ts";
import { ownServers } from "#tests/servers/own-servers.ts";
import { type S3Wire, startS3Wire, type WireMood } from "#tests/servers/s3-wire.ts";
import { freePort } from "#tests/services.ts";
import type { S3SourceConfig } from "../specs/s3.ts";
import { s3Connector } from "./s3.ts";

const CANARY = "canary/secret+of=nobody";

let wire: S3Wire;
let usual: WireMood;
beforeAll(async () => {
  wire = await startS3Wire(CANARY);
  wire.put("orders/2024-01.csv", "id,v\n1,2\n");
  usual = { ...wire.mood };
});
afterAll(() => wire.stop());
beforeEach(() => Object.assign(wire.mood, { movedTo: undefined }, usual));

const config = (more: Partial<S3SourceConfig> = {}): S3SourceConfig => ({
  bucket: wire.bucket,
  region: usual.region,
  endpoint: wire.endpoint,
  path_style: true,
  ...wire.user,
  ...more,
});

const check = (more: Partial<S3SourceConfig> = {}) =>
  s3Connector.check({ tenant: TENANT, config: config(more) });

const servers = ownServers();
const at = (port: number) => ({ endpoint: `http://127.0.0.1:${port}` });

describe("what is tried of a bucket", () => {
  it("goes through every stage, and asks for the bucket once", async () => {
    wire.requests.length = 0;
    const { ok, stages } = await check();
    expect(ok).toBe(true);
    expect(stages.map(({ stage }) => stage)).toEqual(CLEAR_STAGES);
    expect(stages.at(-1)?.message).toContain("orders/2024-01.csv");
    expect(wire.requests.filter((line) => line.includes("max-keys=1"))).toHaveLength(1);
  });

  it("takes an empty bucket, and says so", async () => {
    const { ok, stages } = await check({ prefix: "nothing/" });
    expect(ok).toBe(true);
    expect(stages.at(-1)?.message).toContain("empty");
  });

  type Fault = {
    mood?: Partial<WireMood>;
    config?: Partial<S3SourceConfig>;
    failure: Record<string, unknown>;
  };
  const faults: [string, Fault][] = [
    [
      "an access key ID that nobody knows",
      {
        config: { access_key_id: "AKIANOBODYNOBODYNOBO" },
        failure: { stage: "authenticate", code: "wrong_credentials", field: "access_key_id" },
      },
    ],
    [
      "a temporary key without its session",
      {
        config: { access_key_id: "ASIANOBODYNOBODYNOBO" },
        failure: { code: "wrong_credentials", message: expect.stringContaining("session token") },
      },
    ],
    [
      "another secret",
      {
        config: { secret_access_key: `${CANARY}x` },
        failure: { stage: "authenticate", code: "wrong_credentials", field: "secret_access_key" },
      },
    ],
    [
      "an expired key",
      {
        mood: { expired: true },
        failure: { stage: "authenticate", code: "expired_key", field: "access_key_id" },
      },
    ],
    [
      "a clock that is slow",
      {
        mood: { clock: 47 * 60_000 },
        failure: {
          stage: "authenticate",
          code: "clock_skew",
          message: expect.stringContaining("47 minutes behind"),
          fix: expect.stringContaining("NTP"),
        },
      },
    ],
    [
      "a clock that is fast",
      {
        mood: { clock: -5 * 3600_000 },
        failure: { code: "clock_skew", message: expect.stringContaining("5 hours ahead of") },
      },
    ],
    [
      "a bucket that is not there",
      {
        config: { bucket: "no-such-bucket" },
        failure: { stage: "database", code: "unknown_bucket", field: "bucket" },
      },
    ],
    [
      "a region in which the bucket is not",
      {
        config: { region: "us-west-2" },
        failure: {
          stage: "database",
          code: "wrong_region",
          field: "region",
          message: expect.stringContaining("eu-north-1, not in us-west-2"),
          fix: "Set the region to eu-north-1.",
        },
      },
    ],
    [
      "a redirect to the bucket's region",
      {
        mood: { movedTo: "ap-south-1" },
        failure: { stage: "database", code: "wrong_region", fix: "Set the region to ap-south-1." },
      },
    ],
    [
      "a key that may not list",
      {
        mood: { denyList: true },
        failure: {
          stage: "privileges",
          code: "list_denied",
          fix: expect.stringContaining("s3:ListBucket on arn:aws:s3:::wire-bucket"),
        },
      },
    ],
    [
      "a key that may not read",
      {
        mood: { denyRead: true },
        failure: {
          stage: "first_row",
          code: "read_denied",
          fix: expect.stringContaining("s3:GetObject on arn:aws:s3:::wire-bucket/*"),
        },
      },
    ],
    [
      "objects in an archive",
      {
        mood: { archived: true },
        failure: { stage: "first_row", code: "read_denied", message: expect.stringContaining("archive") },
      },
    ],
    [
      "a store that is too busy",
      { mood: { busy: true }, failure: { stage: "authenticate", code: "server_failure" } },
    ],
    [
      "a refusal that nobody knows, with the keys in it",
      {
        mood: { odd: true },
        failure: {
          stage: "authenticate",
          code: "unexpected_answer",
          message: expect.stringContaining("OddRefusal: Not with *** and ***"),
        },
      },
    ],
    [
      "a web site",
      {
        mood: { webSite: true },
        failure: { stage: "authenticate", code: "wrong_protocol", field: "endpoint" },
      },
    ],
    [
      "a host that does not resolve",
      {
        config: { endpoint: "http://no-such-host.invalid" },
        failure: { stage: "resolve", code: "unknown_host", field: "endpoint" },
      },
    ],
    [
      "an address of the machine's metadata",
      {
        config: { endpoint: "http://169.254.169.254" },
        failure: { stage: "resolve", code: "forbidden_address", field: "endpoint" },
      },
    ],
  ];

  it.each(faults)("%s", async (_title, fault) => {
    Object.assign(wire.mood, fault.mood);
    const result = await check(fault.config);
    expect(result.ok).toBe(false);
    expect(result.failure).toMatchObject(fault.failure);
    expect(result.failure?.message).toMatch(/^[A-Z\d].*\.$/s);
    expect(result.failure?.fix).toMatch(/\.$/);
    const said = JSON.stringify(result);
    for (const secret of [CANARY, wire.user.access_key_id, "NOBODY"]) expect(said).not.toContain(secret);
  });

  it("tells a closed port, and servers of another kind", async () => {
    expect((await check(at(await freePort()))).failure).toMatchObject({
      stage: "connect",
      code: "closed_port",
      field: "endpoint",
    });
    const mail = await servers.bytes((socket) => socket.end("220 mail.example.com ESMTP\r\n"));
    expect((await check(at(mail))).failure).toMatchObject({ stage: "authenticate", code: "wrong_protocol" });
    const dead = await servers.bytes((socket) => socket.end());
    expect((await check(at(dead))).failure).toMatchObject({
      stage: "authenticate",
      code: "connection_closed",
    });
    const plain = wire.endpoint.replace("http:", "https:");
    expect((await check({ endpoint: plain })).failure).toMatchObject({ stage: "tls", code: "tls_refused" });
  });

  it("knows the region by the host's name where there is no endpoint", async () => {
    const { failure } = await check({ endpoint: undefined, region: "eu-nowhere-9", path_style: false });
    expect(failure).toMatchObject({ stage: "resolve", code: "unknown_host", field: "region" });
    expect(failure?.fix).toContain("region");
    const endpoint = "http://store.invalid";
    expect((await check({ endpoint, path_style: false })).failure?.fix).toContain("path style");
    expect((await check({ endpoint, path_style: true })).failure?.fix).toContain("endpoint");
  });

  it("does not wait long for a store that says nothing", { timeout: 30_000 }, async () => {
    wire.mood.silent = true;
    const { failure } = await check();
    expect(failure).toMatchObject({ stage: "authenticate", code: "slow_server", field: "endpoint" });
  });

  it("ends when it is told to", async () => {
    wire.mood.silent = true;
    const before = wire.requests.length;
    const abort = new AbortController();
    const ended = s3Connector.check({ tenant: TENANT, config: config() }, { signal: abort.signal });
    await expect.poll(() => wire.requests.length).toBeGreaterThan(before);
    setImmediate(() => abort.abort());
    await expect(ended).rejects.toThrow();
  });
});
