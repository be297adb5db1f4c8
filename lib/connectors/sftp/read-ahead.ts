import { fileChanged } from "../transfer/watched-part.ts";
import { type SftpSession, STATUS } from "./sftp-session.ts";

/** Bytes of one request, and requests that are under way at once: a far server answers late, but all of them. */
const REQUEST = 1 << 16;
const AT_ONCE = 16;

/** Bytes of an open file from `start` up to `end`, in order. @throws DataError `file_changed` where it ends before */
export async function* readAhead(
  session: SftpSession,
  { handle, name, start, end }: { handle: Buffer; name: string; start: number; end: number },
): AsyncGenerator<Buffer> {
  const waiting: Promise<Buffer>[] = [];
  let next = start;
  const ask = () => {
    while (waiting.length < AT_ONCE && next < end) {
      const length = Math.min(REQUEST, end - next);
      const request = readExactly(session, { handle, name, at: next, length });
      // It is awaited in its turn; until then nobody listens to its failure.
      request.catch(() => undefined);
      waiting.push(request);
      next += length;
    }
  };
  for (ask(); waiting.length > 0; ask()) yield await (waiting.shift() as Promise<Buffer>);
}

async function readExactly(
  session: SftpSession,
  { handle, name, at, length }: { handle: Buffer; name: string; at: number; length: number },
): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const got = await session
      .call<number>((sftp, done) =>
        sftp.read(handle, buffer, filled, length - filled, at + filled, (error, read) => done(error, read)),
      )
      .catch((error) => {
        if ((error as { code?: unknown }).code === STATUS.eof) return 0;
        throw error;
      });
    if (got === 0) throw fileChanged(name);
    filled += got;
  }
  return buffer;
}
