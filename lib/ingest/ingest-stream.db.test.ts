import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { limits } from "#lib/limits.ts";
import { withDatabase } from "#tests/factories.ts";
import { streamAnswer } from "./batch-answer.ts";
import { ingestStream } from "./ingest-stream.ts";

type Writer = {
  write: (text: string) => Promise<void>;
  close: () => Promise<void>;
  fail: (error: Error) => Promise<void>;
};

withDatabase("a stream of lines", ({ testCtx, database }) => {
  const line = (id: number, text = "") => `${JSON.stringify({ event_id: `e${id}`, payload: { text } })}\n`;
  const stored = async (ctx: Ctx): Promise<number> => {
    const { rows } = await database().pool.query(
      `select count(*)::int n from "Event" where "tenantId" = $1`,
      [ctx.tenant],
    );
    return rows[0].n;
  };
  /** A body that is written by hand. */
  const open = (): { body: ReadableStream<Uint8Array> } & Writer => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    return {
      body: readable,
      write: (text) => writer.write(Buffer.from(text)),
      close: () => writer.close(),
      fail: (error) => writer.abort(error),
    };
  };

  test("is committed as it comes, while it is still open", async () => {
    const ctx = await testCtx();
    const { body, write, close } = open();
    const results = ingestStream({ ctx, body });
    for (const id of [1, 2]) {
      const told = results.next();
      await write(line(id));
      // Half of the next line is no line yet.
      await write('{"event_id":');
      expect((await told).value).toMatchObject([
        { index: (id - 1) * 2, status: "accepted", event_id: `e${id}` },
      ]);
      const rest = results.next();
      await write(`"rest${id}"}\n`);
      expect((await rest).value).toMatchObject([{ index: id * 2 - 1, event_id: `rest${id}` }]);
    }
    await close();
    expect((await results.next()).done).toBe(true);
    expect(await stored(ctx)).toBe(4);
  });

  test("is committed in chunks of what is allowed, in order", async () => {
    const ctx = await testCtx();
    const text = Array.from({ length: 2_345 }, (_, id) => line(id)).join("");
    const chunks: number[] = [];
    let last = -1;
    for await (const results of ingestStream({ ctx, body: new Response(text).body })) {
      chunks.push(results.length);
      for (const { index } of results) expect(index).toBe(++last);
    }
    expect(last).toBe(2_344);
    expect(Math.max(...chunks)).toBe(limits.chunkEvents);
    expect(await stored(ctx)).toBe(2_345);
  });

  test("whose sender goes away leaves whole chunks, and sending it again is safe", async () => {
    const ctx = await testCtx();
    const { body, write, fail } = open();
    const results = ingestStream({ ctx, body });
    const told = results.next();
    await write(line(1) + line(2));
    expect((await told).value).toHaveLength(2);
    const lost = expect(results.next()).rejects.toThrow("gone");
    await write(`${line(3)}{"event_id":"ha`);
    await fail(new Error("gone"));
    await lost;
    const again = [1, 2, 3, 4].map((id) => line(id)).join("");
    for await (const each of ingestStream({ ctx, body: new Response(again).body }))
      for (const result of each) expect(result.status).toBe("accepted");
    expect(await stored(ctx)).toBe(4);
  });

  test("whose answer nobody reads any more is not read on", async () => {
    const ctx = await testCtx();
    let given = 0;
    let hungUp = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(Buffer.from(line(given++))),
      cancel: () => {
        hungUp = true;
      },
    });
    const answer = await streamAnswer(ingestStream({ ctx, body }), { failuresOnly: false, lines: true });
    const reader = answer.getReader();
    await reader.read();
    await reader.cancel();
    expect(hungUp).toBe(true);
    const there = await stored(ctx);
    expect(there).toBeGreaterThan(0);
    expect(there).toBeLessThanOrEqual(given);
  });

  test("is read no faster than its answer is", async () => {
    const ctx = await testCtx();
    let given = 0;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        if (given === 200) return controller.close();
        controller.enqueue(
          Buffer.from(Array.from({ length: 100 }, (_, at) => line(given * 100 + at)).join("")),
        );
        given += 1;
      },
    });
    const answer = await streamAnswer(ingestStream({ ctx, body }), { failuresOnly: false, lines: false });
    const reader = answer.getReader();
    await reader.read();
    await reader.read();
    expect(given, "of 200 pieces only what a few chunks need was taken").toBeLessThan(100);
    await reader.cancel();
  });
});
