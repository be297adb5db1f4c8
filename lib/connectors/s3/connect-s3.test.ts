import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type S3Wire, startS3Wire } from "#tests/servers/s3-wire.ts";
import { chooseFiles } from "../files/choose-files.ts";
import type { ConnectedFiles } from "../files/file-lister.ts";
import { connectS3 } from "./connect-s3.ts";
import { s3Connector } from "./s3.ts";

const CANARY = "canary+of/the=wire";
const MANY = 1_200;

let wire: S3Wire;
beforeAll(async () => {
  wire = await startS3Wire(CANARY);
  for (let at = 0; at < MANY; at++) wire.put(`many/a b+c&é-${1_000 + at}.csv`, "id\n1\n");
  wire.put("many/below/x.csv", "id\n1\n");
  wire.put("semicolon/x.csv", "id;v\n1;a\n");
  wire.put("broken/x.csv", "id,id\n1,1\n");
  wire.put("plain/data.bin", "id\tv\n1\ta\n");
});
afterAll(() => wire.stop());

const config = () => ({
  bucket: wire.bucket,
  region: wire.mood.region,
  endpoint: wire.endpoint,
  path_style: true,
  ...wire.user,
});

async function using<T>(use: (bucket: Awaited<ReturnType<typeof connectS3>>) => Promise<T>): Promise<T> {
  const bucket = await connectS3(config(), {});
  wire.requests.length = 0;
  try {
    return await use(bucket);
  } finally {
    await bucket.close();
  }
}

describe("a bucket", () => {
  it("is listed a thousand keys at a time, by the part of the name that is known", async () => {
    await using(async (bucket) => {
      const pattern = { type: "glob" as const, value: "a b+c*.csv" };
      const all = await chooseFiles(bucket, { path: "many", pattern });
      expect(all).toHaveLength(MANY);
      expect(all[0]).toMatchObject({ path: "many/a b+c&é-1000.csv", bytes: 5 });
      expect(wire.requests).toHaveLength(2);
      expect(wire.requests[0]).toMatch(/prefix=many%2Fa%20b%2Bc$/);
    });
  });

  it("is not listed further than anybody listens", async () => {
    await using(async (bucket) => {
      for await (const _ of bucket.walk({ folder: "", deep: true, begins: "", wanted: () => true })) break;
      expect(wire.requests).toHaveLength(1);
    });
  });

  it("gives a part of a file without asking for more", async () => {
    await using(async (bucket) => {
      const file = await bucket.open("many/a b+c&é-1000.csv");
      const chunks: Buffer[] = [];
      for await (const chunk of file.stream({ start: 1, end: 4 })) chunks.push(chunk);
      expect(Buffer.concat(chunks).toString()).toBe("d\n1");
      expect(wire.requests.map((line) => line.split(" ")[0])).toEqual(["HEAD", "GET"]);
    });
  });

  it("does not read a file that was replaced after it was opened", async () => {
    await using(async (bucket) => {
      wire.put("changing.csv", "id\n1\n");
      const file = await bucket.open("changing.csv");
      wire.put("changing.csv", "id\n2\n");
      const read = async () => {
        for await (const _ of file.stream()) expect.unreachable();
      };
      await expect(read()).rejects.toMatchObject({ code: "file_changed", retryable: true });
      wire.remove("changing.csv");
    });
  });

  it("opens what it listed without asking again, unless a version's tag is another one there", async () => {
    const readFirst = async (bucket: ConnectedFiles) => {
      const [first] = await chooseFiles(bucket, { path: "semicolon", pattern: { type: "glob", value: "*" } });
      const file = await bucket.open(first?.path ?? "");
      wire.requests.length = 0;
      let text = "";
      for await (const chunk of file.stream()) text += chunk;
      return { text, methods: wire.requests.map((line) => line.split(" ")[0]) };
    };
    const text = "id;v\n1;a\n";
    expect(await using(readFirst)).toEqual({ text, methods: ["GET"] });
    wire.mood.otherTags = true;
    try {
      expect(await using(readFirst)).toEqual({ text, methods: ["GET", "HEAD", "GET"] });
    } finally {
      wire.mood.otherTags = false;
    }
  });

  it("does not read a file that was replaced after it was listed", async () => {
    wire.put("listed/x.csv", "id\n1\n");
    await using(async (bucket) => {
      await chooseFiles(bucket, { path: "listed", pattern: { type: "glob", value: "*" } });
      wire.put("listed/x.csv", "id\n1\n2\n");
      const file = await bucket.open("listed/x.csv");
      const read = async () => {
        for await (const _ of file.stream()) expect.unreachable();
      };
      await expect(read()).rejects.toMatchObject({ code: "file_changed", retryable: true });
    });
    wire.remove("listed/x.csv");
  });

  it.each<[string, () => void, Record<string, unknown>]>([
    [
      "may not be listed",
      () => Object.assign(wire.mood, { denyList: true }),
      { code: "list_denied", retryable: false },
    ],
    ["is busy", () => Object.assign(wire.mood, { busy: true }), { code: "server_failure", retryable: true }],
    [
      "has an expired key",
      () => Object.assign(wire.mood, { expired: true }),
      { code: "expired_key", retryable: false },
    ],
  ])("%s: reading says so, and nothing of the key", async (_title, pretend, expected) => {
    const before = { ...wire.mood };
    pretend();
    try {
      await using(async (bucket) => {
        const error = await chooseFiles(bucket, { pattern: { type: "glob", value: "*" } }).catch((e) => e);
        expect(error).toMatchObject(expected);
        expect(`${error.message} ${JSON.stringify(error)} ${error.stack}`).not.toContain(CANARY);
        expect(error.message).not.toContain(wire.user.access_key_id);
      });
    } finally {
      Object.assign(wire.mood, before);
    }
  });

  it.each<[string, () => void, object, object]>([
    ["expired", () => Object.assign(wire.mood, { expired: true }), {}, { code: "expired_key" }],
    [
      "changed",
      () => undefined,
      { secret_access_key: `${CANARY}x` },
      { code: "wrong_credentials", message: expect.stringContaining("secret access key") },
    ],
    ["kept from reading", () => Object.assign(wire.mood, { denyRead: true }), {}, { code: "read_denied" }],
    ["of another region", () => undefined, { region: "us-west-2" }, { code: "wrong_region" }],
  ])(
    "whose key is %s: one file is asked for, and the reason told",
    async (_title, pretend, more, expected) => {
      const before = { ...wire.mood };
      const bucket = await connectS3({ ...config(), ...more });
      pretend();
      try {
        await expect(bucket.open("semicolon/x.csv")).rejects.toMatchObject(expected);
      } finally {
        Object.assign(wire.mood, before);
        await bucket.close();
      }
    },
  );

  it("reads on where this machine's clock is wrong, by the store's time", async () => {
    wire.mood.clock = 60 * 60_000;
    try {
      await using(async (bucket) => {
        expect(await bucket.find("semicolon/x.csv")).toMatchObject({ bytes: 9 });
      });
    } finally {
      wire.mood.clock = 0;
    }
  });
});

describe("the streams of a bucket", () => {
  const given = (more: object = {}) => ({ tenant: "t_demo", config: { ...config(), ...more } });

  it("are told page by page, with columns, delimiter and what is wrong", async () => {
    const first = await s3Connector.discover(given(), { limit: 2 });
    expect(first.streams.map(({ name }) => name)).toEqual(["broken/x.csv", "many/a b+c&é-*.csv"]);
    expect(first.streams[0]).toMatchObject({
      columns: [],
      note: expect.stringContaining('names "id" twice'),
    });
    expect(first.streams[1]).toMatchObject({ bytes: MANY * 5, note: "1,200 files." });
    expect([first.total, first.nextCursor]).toEqual([4, "many/a b+c&é-*.csv"]);
    const second = await s3Connector.discover(given(), { limit: 2, cursor: first.nextCursor ?? "" });
    expect(second.streams.map(({ name }) => name)).toEqual(["many/below/x.csv", "semicolon/x.csv"]);
    expect(second.nextCursor).toBeNull();
    expect(second.streams[1]).toMatchObject({
      columns: [
        { name: "id", type: "bigint" },
        { name: "v", type: "string" },
      ],
      files: { path: "semicolon/x.csv", format: { type: "csv", delimiter: ";" } },
    });
    expect(await s3Connector.names(given())).toEqual(
      [...first.streams, ...second.streams].map(({ name }) => name),
    );
  });

  it("are found by words and by name, and looked for only where they can be", async () => {
    const byWord = await s3Connector.discover(given(), { filter: "SEMI", limit: 5 });
    expect(byWord.streams.map(({ name }) => name)).toEqual(["semicolon/x.csv"]);
    wire.requests.length = 0;
    const byName = await s3Connector.discover(given(), { names: ["semicolon/x.csv"], limit: 5 });
    expect(byName.streams).toEqual(byWord.streams);
    expect(wire.requests[0]).toMatch(/prefix=semicolon%2F$/);
    expect(await s3Connector.preview(given(), { stream: "semicolon/x.csv", rows: 5 })).toEqual({
      columns: byName.streams[0]?.columns,
      rows: [["1", "a"]],
    });
    await expect(s3Connector.preview(given(), { stream: "gone.csv", rows: 5 })).rejects.toMatchObject({
      code: "unknown_stream",
    });
  });

  it("say why there are none", async () => {
    const none = await s3Connector.discover(given({ prefix: "empty/" }), { limit: 5 });
    expect(none).toMatchObject({ streams: [], total: 0, causes: ["There are no files"] });
    const other = await s3Connector.discover(given({ prefix: "plain/" }), { limit: 5 });
    expect(other.causes?.[0]).toContain("none whose name ends in");
    const word = await s3Connector.discover(given(), { filter: "zzz", limit: 5 });
    expect(word.causes).toEqual(['No name holds "zzz"']);
  });

  it("take the format that was given where names do not tell it", async () => {
    const { streams } = await s3Connector.discover(given({ prefix: "plain/", format: "tsv" }), { limit: 5 });
    expect(streams).toMatchObject([
      {
        name: "plain/data.bin",
        columns: [{ name: "id" }, { name: "v" }],
        files: { path: "plain/data.bin", format: { type: "tsv" } },
      },
    ]);
  });
});
