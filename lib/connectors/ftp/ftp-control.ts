import type { Client } from "basic-ftp";
import { reach } from "#lib/outbound.ts";
import { openSocket } from "../network/open-socket.ts";
import type { FtpSourceConfig } from "../specs/ftp.ts";
import { type Explainer, explainer } from "../transfer/explain-failure.ts";
import { connectionFailure, encrypted, greeted, signedIn } from "./ftp-session.ts";

/** How failures of a configured server are put into words. */
export function ftpWords({ host, port, ssl_root_cert: ca }: FtpSourceConfig): Explainer {
  const { finding, dataError } = explainer({
    place: { host, port, ca },
    network: { tls: "tls", ca: "ssl_root_cert" },
    fields: {
      wrong_protocol: "port",
      tls_refused: "tls",
      tls_required: "tls",
      wrong_credentials: "password",
      too_many_connections: "host",
      forbidden_address: "host",
      unknown_folder: "path",
      list_denied: "path",
      read_denied: "path",
    },
    system: "The FTP server",
  });
  return {
    finding: (stage, error) => finding(stage, connectionFailure(error)),
    dataError: (error) => dataError(connectionFailure(error)),
  };
}

/** A control connection that is signed in; the signal closes it. */
export async function openControl(config: FtpSourceConfig, signal?: AbortSignal): Promise<Client> {
  const socket = await openSocket(await reach(config), signal);
  const stop = () => socket.destroy();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    const client = await greeted(socket, signal);
    if (config.tls !== "off") await encrypted(client, config);
    await signedIn(client, config);
    return client;
  } catch (error) {
    socket.destroy();
    throw signal?.aborted ? signal.reason : error;
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
