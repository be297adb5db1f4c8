import { codedError } from "../../network/coded-error.ts";
import { parseServerError } from "../greeting.ts";

const HEADER = 4;
/** A packet of this length goes on in the next one. */
const FULL = 0xffffff;

/**
 * Takes what a server sends of its log apart into events. `ended` is true once it said that there is no more.
 * `push` throws the server's own error.
 */
export type LogPackets = { push: (chunk: Buffer) => Buffer[]; ended: () => boolean };

export function logPackets(): LogPackets {
  const waiting: Buffer[] = [];
  let bytes = 0;
  /** Bytes without which nothing can go on. */
  let needed = HEADER;
  /** What was received of an event that takes several packets. */
  let parts: Buffer[] = [];
  let ended = false;

  const take = (payload: Buffer, full: boolean, events: Buffer[]) => {
    if (full || parts.length > 0) {
      parts.push(payload);
      if (full) return;
    }
    const whole = parts.length > 0 ? Buffer.concat(parts) : payload;
    parts = [];
    const first = whole[0];
    if (first === 0) events.push(whole.subarray(1));
    else if (first === 0xfe && whole.length < 9) ended = true;
    else if (first === 0xff) throw parseServerError(whole);
    else throw codedError("PROTOCOL_CONNECTION_LOST", "The server sent something that is no event");
  };

  const push = (received: Buffer): Buffer[] => {
    waiting.push(received);
    bytes += received.length;
    if (bytes < needed) return [];
    const chunk = waiting.length === 1 ? received : Buffer.concat(waiting);
    waiting.length = 0;
    const events: Buffer[] = [];
    let at = 0;
    while (chunk.length - at >= HEADER) {
      const length = chunk.readUIntLE(at, 3);
      if (chunk.length - at < HEADER + length) break;
      take(chunk.subarray(at + HEADER, at + HEADER + length), length === FULL, events);
      at += HEADER + length;
    }
    const rest = chunk.subarray(at);
    if (rest.length > 0) waiting.push(rest);
    bytes = rest.length;
    needed = rest.length < HEADER ? HEADER : HEADER + rest.readUIntLE(0, 3);
    return events;
  };
  return { push, ended: () => ended };
}
