import { createServer as createWebServer, type RequestListener } from "node:http";
import { createServer, type Socket } from "node:net";
import { afterAll } from "vitest";
import { type Listening, listenOn } from "./listening.ts";

/** Starts small servers that a test writes itself, on loopback; all end with what they are called for. */
export type OwnServers = {
  /** A web server. @returns its address, without a slash at the end. */
  web: (answer: RequestListener) => Promise<string>;
  /** A server of bytes: `take` gets every connection. @returns its port. */
  bytes: (take: (socket: Socket) => void) => Promise<number>;
};

/** Servers that end after the last test of the file, or of the `describe` in which this is called. */
export function ownServers(): OwnServers {
  const running: Listening[] = [];
  afterAll(() => Promise.all(running.map((server) => server.stop())));
  const kept = (server: Listening) => {
    running.push(server);
    return server;
  };
  return {
    web: async (answer) => kept(await listenOn(createWebServer(answer))).url,
    bytes: async (take) => kept(await listenOn(createServer(take))).port,
  };
}
