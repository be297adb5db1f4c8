import { isIP, type Socket } from "node:net";
import tls from "node:tls";
import { untilEvent } from "./until-event.ts";

/**
 * What encryption has to prove: `encrypt` nothing; `verify-ca` that an authority we trust (or `ca`, if given) signed the
 * certificate; `verify-full` also that it was made for `host`.
 */
export type TlsDemand = { mode: "encrypt" | "verify-ca" | "verify-full"; ca?: string; host: string };

/** TLS options for a demand. Names are checked against `host` as it was given, never against the resolved address. */
export function tlsOptionsOf({ mode, ca, host }: TlsDemand): tls.ConnectionOptions {
  const name = host.replace(/^\[|\]$/g, "");
  return {
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: mode !== "encrypt",
    ...(isIP(name) ? {} : { servername: name }),
    checkServerIdentity: (_asked, certificate) =>
      mode === "verify-full" ? tls.checkServerIdentity(name, certificate) : undefined,
  };
}

/**
 * Encrypts an open socket, within `limits.connectMs`.
 * @throws Error of TLS or the network, `SILENT`, `CLOSED`, or the signal's reason; the socket is destroyed then
 */
export async function secureSocket(
  socket: Socket,
  options: tls.ConnectionOptions,
  signal?: AbortSignal,
): Promise<tls.TLSSocket> {
  const secure = tls.connect({ ...options, socket });
  secure.on("error", () => undefined);
  try {
    await untilEvent(secure, "secureConnect", { late: "SILENT", signal });
    return secure;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}
