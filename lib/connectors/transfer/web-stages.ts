import { reach } from "#lib/outbound.ts";
import { openSocket } from "../network/open-socket.ts";
import { secureSocket, tlsOptionsOf } from "../network/secure-socket.ts";
import type { StageToTry } from "../staged-check.ts";

/** Where a web address leads to. */
export function webPlace(address: string): { host: string; port: number; secure: boolean } {
  const { hostname, port, protocol } = new URL(address);
  const secure = protocol === "https:";
  return { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || (secure ? 443 : 80)), secure };
}

/** The first stages of trying a web address: its name, its port, and its certificate if it is encrypted. */
export function webStages(address: string, signal?: AbortSignal): StageToTry[] {
  const { host, port, secure } = webPlace(address);
  const connected = async () => openSocket(await reach({ host, port }), signal);
  const resolve = async () => `${host} is ${(await reach({ host, port })).address}.`;
  const connect = async () => {
    (await connected()).destroy();
    return `Port ${port} answers.${secure ? "" : " Nothing is encrypted: the address begins with http://."}`;
  };
  const encrypt = async () => {
    const socket = await secureSocket(await connected(), tlsOptionsOf({ mode: "verify-full", host }), signal);
    const version = socket.getProtocol();
    socket.destroy();
    return `Encrypted with ${version}; the certificate is good.`;
  };
  const stages: StageToTry[] = [
    { stage: "resolve", run: resolve },
    { stage: "connect", run: connect },
  ];
  return secure ? [...stages, { stage: "tls", run: encrypt }] : stages;
}
