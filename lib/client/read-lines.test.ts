import { describe, expect, it } from "vitest";
import { readLines, readServerEvents } from "./read-lines.ts";

const text = new TextEncoder();

function inPieces(...pieces: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === "string" ? text.encode(piece) : piece);
      controller.close();
    },
  });
}

describe("readLines", () => {
  it("joins what the network cut, whatever ends the lines", async () => {
    const lines = await Array.fromAsync(readLines(inPieces('{"a"', ':1}\r\n{"b":2', "}\n\nlast")));
    expect(lines).toEqual(['{"a":1}', '{"b":2}', "", "last"]);
  });

  it("keeps a character whose bytes arrive apart", async () => {
    const bytes = text.encode("grün\n");
    expect(await Array.fromAsync(readLines(inPieces(bytes.slice(0, 3), bytes.slice(3))))).toEqual(["grün"]);
  });

  it("hangs up when the reader stops", async () => {
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(text.encode("line\n")),
      cancel: () => {
        cancelled = true;
      },
    });
    for await (const line of readLines(endless)) {
      expect(line).toBe("line");
      break;
    }
    expect(cancelled).toBe(true);
  });
});

describe("readServerEvents", () => {
  it("reads names, ids and data of several lines, and skips comments", async () => {
    const stream = inPieces(
      ": ping\n\nid: 7\ndata: one\ndata: two\n\nevent: error\nda",
      "ta:{}\n\nid: 9\ndata: cut",
    );
    expect(await Array.fromAsync(readServerEvents(stream))).toEqual([
      { event: "message", id: "7", data: "one\ntwo" },
      { event: "error", id: "7", data: "{}" },
    ]);
  });
});
