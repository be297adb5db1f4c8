import { spawn } from "node:child_process";
import { once } from "node:events";
import net, { type Socket } from "node:net";
import tls from "node:tls";
import { type Listening, listenOn } from "./listening.ts";

const servers: Listening[] = [];

/** Closes every server of this file. */
export async function closeRawServers(): Promise<void> {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
}

/** A server of our own that speaks as `talk` says. */
export async function rawServer(talk: (socket: Socket) => void): Promise<number> {
  const server = await listenOn(net.createServer(talk));
  servers.push(server);
  return server.port;
}

/** A PostgreSQL without encryption that answers the first message with these bytes, or closes. */
export const answers = (bytes: Buffer | undefined) =>
  rawServer((socket) =>
    socket.once("data", () => {
      socket.write("N");
      socket.once("data", () => (bytes ? socket.write(bytes) : socket.end()));
    }),
  );

/** A message of the protocol: its letter, its length, its content. */
export function message(letter: string, ...content: (string | number)[]): Buffer {
  const body = Buffer.concat(
    content.map((part) => {
      if (typeof part === "string") return Buffer.from(part);
      const number = Buffer.alloc(4);
      number.writeInt32BE(part);
      return number;
    }),
  );
  const head = Buffer.alloc(5);
  head.write(letter);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** An error of the server, fatal. */
export const serverError = (state: string, words: string) =>
  message("E", `SFATAL\0VFATAL\0C${state}\0M${words}\0\0`);

/** Offers encryption, with a certificate that ended yesterday. */
export const expiredServer = (pair: { cert: string; key: string }) =>
  rawServer((socket) =>
    socket.once("data", () => {
      socket.write("S");
      new tls.TLSSocket(socket, { isServer: true, ...pair }).on("error", () => socket.destroy());
    }),
  );

/** Asks for the password in the clear, and then says aloud what it was `sent`. */
export const chatterbox = (sent: string) =>
  rawServer((socket) =>
    socket.once("data", () => {
      socket.write("N");
      socket.once("data", () => {
        socket.write(message("R", 3));
        socket.once("data", () => socket.write(serverError("XX000", `what is ${sent}?`)));
      });
    }),
  );

/**
 * A port behind which nobody takes connections: the process that listens never gets to accept, and what its system
 * would keep for it is full, so that it drops what comes, as a firewall does.
 */
export async function filteredPort(): Promise<{ port: number; stop: () => void }> {
  const listening = `const s = require("net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    require("fs").writeSync(1, s.address().port + "\\n");
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  })`;
  const child = spawn(process.execPath, ["-e", listening], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const port = Number(line);
  const filling: Socket[] = [];
  // Twice in a row, so that one slow moment is not taken for a full queue.
  for (let misses = 0; misses < 2; ) {
    const socket = net.connect(port, "127.0.0.1").on("error", () => undefined);
    filling.push(socket);
    const late = AbortSignal.timeout(500);
    const connected = await once(socket, "connect", { signal: late }).then(
      () => true,
      () => false,
    );
    misses = connected ? 0 : misses + 1;
  }
  const stop = () => {
    for (const socket of filling) socket.destroy();
    child.kill("SIGKILL");
  };
  return { port, stop };
}
