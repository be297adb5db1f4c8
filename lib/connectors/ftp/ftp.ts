import type { Socket } from "node:net";
import type { Client } from "basic-ftp";
import { reach } from "#lib/outbound.ts";
import type { FilePort } from "../connector.ts";
import { filePort } from "../files/file-port.ts";
import { openSocket } from "../network/open-socket.ts";
import { type FtpSourceConfig, ftpSpec } from "../specs/ftp.ts";
import { type StageToTry, tryStages } from "../staged-check.ts";
import { fileStages } from "../transfer/file-stages.ts";
import { connectFtp, ftpFiles } from "./connect-ftp.ts";
import { ftpWords } from "./ftp-control.ts";
import { lookAtFolder } from "./ftp-folder.ts";
import { encrypted, greeted, signedIn } from "./ftp-session.ts";

/** Files over FTP, in the clear or with explicit TLS. */
export const ftpConnector: FilePort<FtpSourceConfig> = filePort({
  spec: ftpSpec,
  check,
  connect: ({ config }, options) => connectFtp(config, options),
});

async function check(
  ...[{ config }, { onStage, signal } = {}]: Parameters<FilePort<FtpSourceConfig>["check"]>
) {
  let socket: Socket | undefined;
  let client: Client | undefined;
  const close = () => {
    client?.close();
    socket?.destroy();
  };
  const control = () => client as Client;
  const resolve = async () => `${config.host} is ${(await reach(config)).address}.`;
  const connect = async () => {
    socket = await openSocket(await reach(config), signal);
    client = await greeted(socket, signal);
    return `An FTP server answers on port ${config.port}.`;
  };
  const authenticate = async () => {
    await signedIn(control(), config);
    const open = config.tls === "off" ? " The password went there readable: encryption is off." : "";
    return `Signed in as ${config.username}.${open}`;
  };
  const look = async () => `The folder is ${await lookAtFolder(control(), config)}.`;
  const encrypt: StageToTry[] =
    config.tls === "off" ? [] : [{ stage: "tls", run: () => encrypted(control(), config) }];
  signal?.addEventListener("abort", close, { once: true });
  try {
    return await tryStages(
      [
        { stage: "resolve", run: resolve },
        { stage: "connect", run: connect },
        ...encrypt,
        { stage: "authenticate", run: authenticate },
        { stage: "database", run: look },
        ...fileStages(() => ftpFiles(config, control(), { signal }), signal),
      ],
      ftpWords(config).finding,
      { onStage, signal },
    );
  } finally {
    signal?.removeEventListener("abort", close);
    close();
  }
}
