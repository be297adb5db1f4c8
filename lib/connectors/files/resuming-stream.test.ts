import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { DataError } from "../data-error.ts";
import { resumingStream } from "./resuming-stream.ts";

const bytes = Buffer.from(Array.from({ length: 1_000 }, (_, at) => at % 251));
const broken = () => Object.assign(new Error("gone"), { code: "ECONNRESET" });

/** Breaks after so many bytes each time; 0 refuses to open. */
function source(breaks: (number | undefined)[]) {
  const opened: [number, number][] = [];
  const parts: Readable[] = [];
  const from = async (start: number, end: number) => {
    opened.push([start, end]);
    const length = breaks.shift();
    if (length === 0) throw broken();
    const part = Readable.from(
      (function* () {
        const upTo = length === undefined ? end : Math.min(start + length, end);
        for (let at = start; at < upTo; at += 100) yield bytes.subarray(at, Math.min(at + 100, upTo));
        if (upTo < end && length !== undefined && length % 2 === 0) throw broken();
      })(),
      { objectMode: false },
    );
    parts.push(part);
    return part;
  };
  return { opened, parts, from };
}

const stream = (from: Parameters<typeof resumingStream>[0]["from"], start = 0, end = bytes.length) =>
  resumingStream({
    name: "a.csv",
    start,
    end,
    from,
    explain: () => new DataError("connection_closed", "Gone", { retryable: true }),
  });
const all = async (readable: Readable) => {
  const chunks: Buffer[] = [];
  for await (const chunk of readable) chunks.push(chunk);
  return Buffer.concat(chunks);
};

describe("resumingStream", () => {
  it("goes on where it broke, by an error or a silent end, and brings every byte once", async () => {
    const { opened, from } = source([150, 301, 0, 20]);
    expect(await all(stream(from))).toEqual(bytes);
    expect(opened.map(([start]) => start)).toEqual([0, 150, 451, 451, 471]);
  });

  it("reads a part, and nothing at all", async () => {
    const { opened, from } = source([7]);
    expect(await all(stream(from, 10, 30))).toEqual(bytes.subarray(10, 30));
    expect(opened).toEqual([
      [10, 30],
      [17, 30],
    ]);
    expect(await all(stream(from, 5, 5))).toEqual(Buffer.alloc(0));
  });

  it("gives up where nothing comes any more, or another attempt would not help", async () => {
    const none = source([0, 0, 0, 0, 0, 0]);
    await expect(all(stream(none.from))).rejects.toMatchObject({
      code: "connection_closed",
      retryable: true,
    });
    expect(none.opened).toHaveLength(5);
    for (const error of [
      new DataError("read_denied", "No"),
      new DataError("file_changed", "Changed", { retryable: true }),
    ]) {
      let times = 0;
      const from = async () => {
        times++;
        throw error;
      };
      await expect(all(stream(from))).rejects.toBe(error);
      expect(times).toBe(1);
    }
  });

  it("ends at once when it is destroyed, also while nothing comes", async () => {
    const silent = new Readable({ read() {} });
    const waiting = stream(async () => silent);
    waiting.resume();
    await new Promise((resolve) => setImmediate(resolve));
    waiting.destroy();
    await expect.poll(() => [waiting.closed, silent.destroyed]).toEqual([true, true]);
    const { parts, from } = source([]);
    for await (const _ of stream(from)) break;
    await expect.poll(() => parts[0]?.destroyed).toBe(true);
  });

  it("does not take more bytes than there are", async () => {
    const from = async () => Readable.from([bytes, bytes], { objectMode: false });
    await expect(all(stream(from))).rejects.toMatchObject({ code: "file_changed" });
  });
});
