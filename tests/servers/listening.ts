import { type AddressInfo, connect, type Server, type Socket } from "node:net";

/** A server in this process, on a loopback port of its own. */
export type Listening = {
  port: number;
  /** `http://127.0.0.1:…`, without a slash at the end. */
  url: string;
  /** Ends it, and every connection with it. */
  stop: () => Promise<void>;
};

/** Lets a server listen. Connections that break are its client's business. */
export async function listenOn(server: Server): Promise<Listening> {
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("error", () => undefined).on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** The other end of a connection that is passed on to a loopback port: when one of the two is gone, so is the other. */
export function passOnTo(port: number, inside: Socket): Socket {
  const outside = connect(port, "127.0.0.1");
  for (const [socket, other] of [
    [inside, outside],
    [outside, inside],
  ] as const)
    socket.on("error", () => undefined).on("close", () => other.destroy());
  return outside;
}
