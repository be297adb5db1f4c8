import type { BatchAnswer, BatchResult } from "./schema.ts";

type Told = { failuresOnly: boolean };

/** Everything a batch came to, once it is over. */
export async function collectAnswer(
  results: AsyncIterable<readonly BatchResult[]>,
  { failuresOnly }: Told,
): Promise<BatchAnswer> {
  const answer: BatchAnswer = { results: [], accepted: 0, failed: 0 };
  for await (const chunk of results) {
    const failures = chunk.filter(({ status }) => status !== "accepted");
    answer.failed += failures.length;
    answer.accepted += chunk.length - failures.length;
    for (const result of failuresOnly ? failures : chunk) answer.results.push(result);
  }
  return answer;
}

/**
 * The same, as it happens: the text of one JSON document `{results, accepted, failed}`, or, as lines, each result on a
 * line of its own and the sums on the last. The first chunk is committed before this resolves, so that a refusal of the
 * whole can still be told as one.
 */
export async function streamAnswer(
  results: AsyncGenerator<readonly BatchResult[]>,
  { failuresOnly, lines }: Told & { lines: boolean },
): Promise<ReadableStream<Uint8Array>> {
  const utf8 = new TextEncoder();
  let [accepted, failed, told] = [0, 0, 0];
  let first: IteratorResult<readonly BatchResult[], unknown> | undefined = await results.next();
  const text = (chunk: readonly BatchResult[]): string => {
    let out = "";
    for (const result of chunk) {
      const taken = result.status === "accepted";
      if (taken) accepted += 1;
      else failed += 1;
      if (taken && failuresOnly) continue;
      out += lines ? `${JSON.stringify(result)}\n` : `${told === 0 ? "" : ","}${JSON.stringify(result)}`;
      told += 1;
    }
    return out;
  };
  return new ReadableStream<Uint8Array>({
    start(controller) {
      if (!lines) controller.enqueue(utf8.encode('{"results":['));
    },
    async pull(controller) {
      for (;;) {
        const { value, done } = first ?? (await results.next());
        first = undefined;
        if (done) {
          const sums = `"accepted":${accepted},"failed":${failed}}`;
          controller.enqueue(utf8.encode(lines ? `{${sums}\n` : `],${sums}`));
          return controller.close();
        }
        const out = text(value);
        if (out === "") continue;
        return controller.enqueue(utf8.encode(out));
      }
    },
    async cancel() {
      await results.return(undefined);
    },
  });
}
