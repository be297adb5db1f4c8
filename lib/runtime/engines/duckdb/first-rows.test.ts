import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { firstRecord } from "#lib/connectors/index.ts";
import { limits } from "#lib/limits.ts";
import { firstLines, firstObjects, firstRecords, type Share } from "./first-rows.ts";

const share = (rows: number, bytes = 1e9) => ({
  rows,
  bytes,
  left: false,
  cut() {
    this.left = true;
  },
});

/** Text in chunks of any sizes, and how many of them were asked for. */
function chunked(text: string | Buffer, size = 7) {
  const bytes = Buffer.from(text);
  const asked = { chunks: 0 };
  const chunks = (async function* () {
    for (let at = 0; at < bytes.length; at += size) {
      asked.chunks++;
      yield bytes.subarray(at, at + size);
    }
  })();
  return { chunks, asked };
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts).toString();
}

const csv = { delimiter: ",", quote: '"', lineEnd: "\n" };

describe("firstRecords", () => {
  it.each([
    ["plain", "a,1\nb,2\nc,3\n", csv, "a,1\nb,2\n"],
    ["a line end inside quotes", '"a\nb",1\nb,2\nc,3\n', csv, '"a\nb",1\nb,2\n'],
    ["doubled quotes", '"a""\n",1\n"b""",2\nc,3\n', csv, '"a""\n",1\n"b""",2\n'],
    ["a quote within a value", 'a"\nb"\nc"\n', csv, 'a"\nb"\n'],
    ["empty lines are no records", "a\n\n\nb\nc\n", csv, "a\n\n\nb\n"],
    ["the last one has no line end", "a\nb", csv, "a\nb"],
    ["carriage returns", "a\rb\rc\r", { ...csv, lineEnd: "\r" }, "a\rb\r"],
    ["both", 'a\r\n"x\r\ny"\r\nc\r\n', { ...csv, lineEnd: "\r\n" }, 'a\r\n"x\r\ny"\r\n'],
    ["a long delimiter", 'a||"x\n"\nb||c\nd||e\n', { ...csv, delimiter: "||" }, 'a||"x\n"\nb||c\n'],
    ["a quote of several bytes is left to the engine", "a\nb\nc\n", { ...csv, quote: "»" }, "a\nb\nc\n"],
  ])("%s", async (_what, text, dialect, first) => {
    for (const size of [1, 3, 100])
      expect(await textOf(firstRecords(chunked(text, size).chunks, dialect, share(2)))).toBe(first);
  });

  it("is cut where the reader of headers says that records end", async () => {
    const value = fc.oneof(
      fc
        .string({ unit: fc.constantFrom("a", "é", '"', ",", "\n", " ") })
        .map((text) => `"${text.replaceAll('"', '""')}"`),
      fc.constantFrom("x", "", 'y"z'),
    );
    const record = fc.array(value, { minLength: 2, maxLength: 3 }).map((values) => `${values.join(",")}\n`);
    await fc.assert(
      fc.asyncProperty(
        fc.array(record, { minLength: 1, maxLength: 6 }),
        fc.integer({ min: 1, max: 6 }),
        fc.integer({ min: 1, max: 9 }),
        async (records, rows, size) => {
          const text = records.join("");
          let rest = text;
          for (let n = 0; n < rows && rest !== ""; n++)
            rest = rest.slice(firstRecord(rest, csv, true)?.length);
          const got = await textOf(firstRecords(chunked(text, size).chunks, csv, share(rows)));
          expect(got).toBe(text.slice(0, text.length - rest.length));
        },
      ),
    );
  });

  it("asks for no more than it needs, and tells that something was left", async () => {
    const { chunks, asked } = chunked("1\n".repeat(100_000), 1_000);
    const took = share(1_200);
    expect((await textOf(firstRecords(chunks, csv, took))).length).toBe(2_400);
    expect([asked.chunks, took.left]).toEqual([3, true]);
    const all = share(1_200);
    await textOf(firstRecords(chunked("1\n2\n").chunks, csv, all));
    expect(all.left).toBe(false);
  });

  it("ends at a whole record when the bytes are used up", async () => {
    const took = share(1_000, 25);
    expect(await textOf(firstRecords(chunked("0123456789\n".repeat(50), 4).chunks, csv, took))).toBe(
      "0123456789\n0123456789\n",
    );
    expect(took.left).toBe(true);
  });

  it("hands a record beyond the limit on, so that the engine says what is wrong", async () => {
    const long = Buffer.alloc(limits.csvRecordBytes + 2_000_000, "x");
    const got = await textOf(firstRecords(chunked(long, 1_000_000).chunks, csv, share(1)));
    expect(got.length).toBe(long.length);
  });
});

describe("firstLines and firstObjects", () => {
  const lines = (text: string, took: Share) => textOf(firstLines(chunked(text, 3).chunks, took));
  const objects = (text: string, took: Share) => textOf(firstObjects(chunked(text, 3).chunks, took));

  it("takes lines that hold something", async () => {
    expect(await lines('{"a":1}\n \n\r\n{"a":2}\n{"a":3}\n', share(2))).toBe('{"a":1}\n \n\r\n{"a":2}\n');
  });
  it.each([
    ["an array is closed", '[{"a":"]}"},\n {"a":[{}]}, {"a":3}]', '[{"a":"]}"},\n {"a":[{}]}]'],
    ["one after another", '{"a":1} {"a":{"b":2}} {"a":3}', '{"a":1} {"a":{"b":2}}'],
    ["escapes", '[{"a":"\\""},{"a":"\\\\"},{}]', '[{"a":"\\""},{"a":"\\\\"}]'],
    ["a short one as it is", '[{"a":1}]\n', '[{"a":1}]\n'],
    ["none at all", "[]", "[]"],
  ])("%s", async (_what, text, first) => expect(await objects(text, share(2))).toBe(first));
});
