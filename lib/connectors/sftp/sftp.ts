import type { Socket } from "node:net";
import { reach } from "#lib/outbound.ts";
import type { FilePort } from "../connector.ts";
import { filePort } from "../files/file-port.ts";
import { openSocket } from "../network/open-socket.ts";
import { type SftpSourceConfig, sftpSpec } from "../specs/sftp.ts";
import { tryStages } from "../staged-check.ts";
import { fileStages } from "../transfer/file-stages.ts";
import { connectSftp, sftpFiles, sftpWords } from "./connect-sftp.ts";
import { lookAtFolder } from "./sftp-files.ts";
import { type SftpSession, signIn } from "./sftp-session.ts";

/** Files over SSH. */
export const sftpConnector: FilePort<SftpSourceConfig> = filePort({
  spec: sftpSpec,
  check,
  connect: ({ config }, options) => connectSftp(config, options),
});

async function check(
  ...[{ config }, { onStage, signal } = {}]: Parameters<FilePort<SftpSourceConfig>["check"]>
) {
  let socket: Socket | undefined;
  let signing: ReturnType<typeof signIn> | undefined;
  let session: SftpSession | undefined;
  const opened = () => session as SftpSession;
  const files = () => sftpFiles(config, opened(), { connect: async () => opened(), signal });
  const resolve = async () => `${config.host} is ${(await reach(config)).address}.`;
  const connect = async () => {
    socket = await openSocket(await reach(config), signal);
    return `Port ${config.port} answers.`;
  };
  const encrypt = async () => {
    signing = signIn(socket as Socket, config, signal);
    const known = config.host_key === undefined ? "put it in to accept no other" : "as expected";
    return `Encrypted. The host key is ${await signing.hostKey}: ${known}.`;
  };
  const authenticate = async () => {
    session = await signing?.session;
    return `Signed in as ${config.username}.`;
  };
  const look = async () => `The folder is ${await lookAtFolder(opened(), config)}.`;
  try {
    return await tryStages(
      [
        { stage: "resolve", run: resolve },
        { stage: "connect", run: connect },
        { stage: "tls", run: encrypt },
        { stage: "authenticate", run: authenticate },
        { stage: "database", run: look },
        ...fileStages(files, signal),
      ],
      sftpWords(config).finding,
      { onStage, signal },
    );
  } finally {
    socket?.destroy();
  }
}
