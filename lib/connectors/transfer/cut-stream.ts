import { type Readable, Transform } from "node:stream";

/** The part of a stream from `from` on, up to `end`. */
export function cutStream(source: Readable, from: number, end: number = Number.POSITIVE_INFINITY): Readable {
  if (from === 0 && end === Number.POSITIVE_INFINITY) return source;
  let at = 0;
  const part = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const piece = chunk.subarray(Math.max(0, from - at), Math.max(0, end - at));
      at += chunk.length;
      if (at >= end) {
        source.unpipe(part);
        this.push(piece);
        this.push(null);
        source.destroy();
      } else if (piece.length > 0) this.push(piece);
      done();
    },
  });
  source.once("error", (error) => part.destroy(error));
  part.once("close", () => source.destroy());
  return source.pipe(part);
}
