import { createServer as createWebServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { afterAll } from "vitest";

/** Starts small servers that a test writes itself, on loopback; all end with what they are called for. */
export type OwnServers = {
  /** A web server. @returns its address, without a slash at the end. */
  web: (answer: RequestListener) => Promise<string>;
  /** A server of bytes: `take` gets every connection. @returns its port. */
  bytes: (take: (socket: Socket) => void) => Promise<number>;
};

/** Servers that end after the last test of the file, or of the `describe` in which this is called. */
export function ownServers(): OwnServers {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  afterAll(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });
  const listen = async (server: Server) => {
    servers.push(server);
    server.on("connection", (socket: Socket) => {
      sockets.add(socket);
      socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return (server.address() as AddressInfo).port;
  };
  return {
    web: async (answer) => `http://127.0.0.1:${await listen(createWebServer(answer))}`,
    bytes: (take) => listen(createServer(take)),
  };
}
