import net from "node:net";
import type { Reachable } from "#lib/outbound.ts";
import { untilEvent } from "./until-event.ts";

/** A peer that is gone without a word is noticed by probes that begin after so long. */
const KEEP_ALIVE_MS = 30_000;

/**
 * Connects to an address that `reach` allowed, within `limits.connectMs`. The socket never ends the process by an error
 * that comes while nobody waits on it.
 * @throws Error with the system's code, `ETIMEDOUT`, or the signal's reason
 */
export async function openSocket({ address, port }: Reachable, signal?: AbortSignal): Promise<net.Socket> {
  signal?.throwIfAborted();
  const socket = net.connect({
    host: address,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
  socket.on("error", () => undefined);
  await untilEvent(socket, "connect", { late: "ETIMEDOUT", signal });
  return socket;
}
