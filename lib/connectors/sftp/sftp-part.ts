import { Readable } from "node:stream";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import { readAhead } from "./read-ahead.ts";
import { type Attributes, denied, moment, statusOf } from "./sftp-files.ts";
import { type SftpSession, STATUS } from "./sftp-session.ts";

type Part = {
  place: string;
  name: string;
  start: number;
  end: number;
  version: { bytes: number; modifiedAt: Date };
};

/** A part of a file, which has to be the same before and after. */
export async function openPart(
  open: SftpSession,
  { place, name, start, end, version }: Part,
): Promise<Readable> {
  const handle = await open
    .call<Buffer>((sftp, done) => sftp.open(place, "r", done as never))
    .catch((error) => {
      if (statusOf(error) === STATUS.noSuchFile) throw fileChanged(name);
      throw statusOf(error) === STATUS.denied ? denied("read_denied", place) : error;
    });
  const close = () =>
    open.call<void>((sftp, done) => sftp.close(handle, done as never)).catch(() => undefined);
  const unchanged = async () => {
    const now = await open.call<Attributes>((sftp, done) => sftp.fstat(handle, done as never));
    if (now.size !== version.bytes || moment(now).getTime() !== version.modifiedAt.getTime())
      throw fileChanged(name);
  };
  try {
    await unchanged();
  } catch (error) {
    await close();
    throw error;
  }
  const chunks = readAhead(open, { handle, name, start, end });
  const part = watchedPart(Readable.from(chunks, { objectMode: false }), unchanged);
  part.once("close", close);
  return part;
}
