import { randomUUID } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { AppError } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import { problemResponse } from "./problem.ts";

/** How long a body may stand still, and how long one that is no stream may take. Milliseconds. */
export type BodyTimes = { idleMs: number; wholeMs: number; lookEveryMs: number };

type Seen = { outgoing: ServerResponse; begun: number; bytes: number; moved: number };

const TIMES: BodyTimes = {
  idleMs: limits.bodyIdleMs,
  wholeMs: limits.bodyMs,
  lookEveryMs: Math.min(1_000, limits.bodyIdleMs),
};
const STREAM = /^application\/x-ndjson\b/i;

/**
 * Gives up requests whose body stops coming, with 408. Node's own `requestTimeout` is for the whole of a request and
 * would end a stream that may last for hours, so it has to be off on this server.
 * @returns stops watching.
 */
export function watchBodies(server: Server, times: BodyTimes = TIMES): () => void {
  const coming = new Map<IncomingMessage, Seen>();
  server.on("request", (incoming, outgoing) => {
    if (incoming.headers["content-length"] === undefined && !incoming.headers["transfer-encoding"]) return;
    const now = performance.now();
    coming.set(incoming, { outgoing, begun: now, bytes: incoming.socket.bytesRead, moved: now });
    incoming.once("close", () => coming.delete(incoming));
  });
  const look = () => {
    const now = performance.now();
    for (const [incoming, seen] of coming) {
      if (incoming.complete || incoming.destroyed) coming.delete(incoming);
      else if (isLate(incoming, seen, now, times)) giveUp(incoming, seen.outgoing);
    }
  };
  const timer = setInterval(look, times.lookEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function isLate(incoming: IncomingMessage, seen: Seen, now: number, times: BodyTimes): boolean {
  const { bytesRead } = incoming.socket;
  // What lies here unread, or is not being asked for, waits for us and not for the client.
  if (bytesRead !== seen.bytes || incoming.readableLength > 0 || !incoming.readableFlowing) {
    seen.bytes = bytesRead;
    seen.moved = now;
  }
  if (now - seen.moved > times.idleMs) return true;
  return now - seen.begun > times.wholeMs && !STREAM.test(incoming.headers["content-type"] ?? "");
}

/** Answers past the handler, which still waits for the body, and closes the connection: its rest is no request. */
function giveUp({ socket, url }: IncomingMessage, outgoing: ServerResponse): void {
  const requestId = randomUUID();
  log.info({ requestId, path: url?.split("?")[0], status: 408 }, "a body stopped coming");
  if (outgoing.headersSent || !socket.writable) return void socket.destroy();
  void sayTooLate(socket, requestId);
}

async function sayTooLate(socket: IncomingMessage["socket"], requestId: string): Promise<void> {
  const answer = problemResponse(new AppError("body_timeout"), requestId);
  const body = await answer.text();
  const head = [...answer.headers].map(([name, value]) => `${name}: ${value}\r\n`).join("");
  const length = Buffer.byteLength(body);
  socket.write(
    `HTTP/1.1 408 Request Timeout\r\n${head}content-length: ${length}\r\nconnection: close\r\n\r\n`,
  );
  socket.write(body);
  socket.destroySoon();
}
