import type { Socket } from "node:net";
import { untilEvent } from "./until-event.ts";

/**
 * The first bytes that a server sends, asked or by itself. The socket is paused afterwards: whoever goes on reading
 * resumes it.
 * @throws Error `CLOSED` if it ends without a word, `SILENT` if none comes in time, or the signal's reason
 */
export async function firstBytes(socket: Socket, signal?: AbortSignal): Promise<Buffer> {
  const bytes = await untilEvent<Buffer>(socket, "data", { late: "SILENT", signal });
  socket.pause();
  return bytes;
}

type Looks = (text: string, bytes: Uint8Array) => boolean;

const GREETINGS: readonly [Looks, string][] = [
  [(text) => text.startsWith("SSH-"), "an SSH server"],
  [(text) => /^(HTTP\/|<(!DOCTYPE|html))/i.test(text), "a web server"],
  [(text) => /^220[ -].*(SMTP|mail)/i.test(text), "a mail server"],
  [(text) => /^220[ -]/.test(text), "an FTP server"],
  [(text) => /^[-+](ERR|OK)\b/.test(text), "a Redis or mail server"],
  [(text) => /^[SNE]$/.test(text), "a PostgreSQL server"],
  [(_text, bytes) => bytes[3] === 0 && bytes[4] === 10, "a MySQL or MariaDB server"],
  [
    (_text, bytes) => (bytes[0] === 0x15 || bytes[0] === 0x16) && bytes[1] === 3,
    "a server that speaks TLS at once",
  ],
];

/** What kind of server begins like this, such as "an SSH server"; undefined if none that is known. */
export function serverKind(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, 256)).toString("latin1");
  return GREETINGS.find(([looks]) => looks(text, bytes))?.[1];
}
