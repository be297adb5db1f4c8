/** Bytes in parts of one length, of which the last may be shorter; nothing at all gives no part. */
export async function* partsOf(
  content: AsyncIterable<Buffer>,
  length: number,
): AsyncGenerator<Buffer<ArrayBuffer>> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    let rest = chunk;
    while (bytes + rest.length >= length) {
      const taken = length - bytes;
      yield Buffer.concat([...waiting, rest.subarray(0, taken)]);
      rest = rest.subarray(taken);
      waiting = [];
      bytes = 0;
    }
    if (rest.length > 0) waiting.push(rest);
    bytes += rest.length;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}
