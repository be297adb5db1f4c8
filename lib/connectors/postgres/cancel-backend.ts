import type pg from "pg";
import type { Reachable } from "#lib/outbound.ts";
import type { PostgresLogin } from "./login.ts";
import { openTransport } from "./negotiate.ts";

/** PostgreSQL's CancelRequest (section 55.2.8) on a connection of its own, encrypted like the one it is for. */
export async function cancelBackend(
  client: pg.Client,
  target: Reachable,
  login: PostgresLogin,
): Promise<void> {
  const { processID, secretKey } = client as unknown as { processID?: number; secretKey?: number };
  if (!processID || secretKey === undefined || secretKey === null) return;
  const request = Buffer.alloc(16);
  request.writeInt32BE(16, 0);
  request.writeInt32BE(80_877_102, 4);
  request.writeInt32BE(processID, 8);
  request.writeInt32BE(secretKey, 12);
  const { socket } = await openTransport(target, login);
  await new Promise<void>((resolve) => socket.once("close", resolve).resume().end(request));
}
