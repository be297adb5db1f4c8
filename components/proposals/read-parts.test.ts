import { expect, test } from "vitest";
import { readParts } from "./read-parts.ts";

const bytes = (chunks: string[]) =>
  new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });

async function all(chunks: string[]) {
  const parts = [];
  for await (const part of readParts(bytes(chunks))) parts.push(part);
  return parts;
}

test("a part cut anywhere by the network is read whole", async () => {
  const text =
    'data: {"type":"data-attempt","data":{"n":1,"é":"ü"}}\n\ndata: {"type":"finish"}\n\ndata: [DONE]\n\n';
  for (let cut = 1; cut < text.length; cut++) {
    expect(await all([text.slice(0, cut), text.slice(cut)])).toEqual([
      { type: "data-attempt", data: { n: 1, é: "ü" } },
      { type: "finish" },
    ]);
  }
});

test("comments, broken lines and whatever follows [DONE] are left out", async () => {
  expect(
    await all([
      ': hello\n\ndata: {"type"\n\ndata: {"type":"a"}\r\n\r\ndata: [DONE]\n\ndata: {"type":"b"}\n\n',
    ]),
  ).toEqual([{ type: "a" }]);
});
