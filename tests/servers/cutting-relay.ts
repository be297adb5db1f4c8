import { connect, createServer } from "node:net";
import { listenOn, passOnTo } from "./listening.ts";

/** A TCP relay that cuts connections, for tests of what goes on after one dropped. */
export type CuttingRelay = {
  port: number;
  /** Connections taken so far, and those that were cut. */
  connections: () => number;
  cuts: () => number;
  stop: () => Promise<void>;
};

/** Passes on to a loopback port; the first `cuts` connections are cut once `afterBytes` came from the server. */
export async function startCuttingRelay({
  to,
  afterBytes,
  cuts,
}: {
  to: number;
  afterBytes: number;
  cuts: number;
}): Promise<CuttingRelay> {
  let taken = 0;
  let cut = 0;
  const server = createServer((client) => {
    taken++;
    const upstream = connect(to, "127.0.0.1");
    let passed = 0;
    const drop = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) socket.on("error", drop);
    client.pipe(upstream);
    upstream.on("data", (chunk) => {
      passed += chunk.length;
      if (passed > afterBytes && cut < cuts) {
        cut++;
        client.resetAndDestroy();
        return drop();
      }
      if (!client.write(chunk)) {
        upstream.pause();
        client.once("drain", () => upstream.resume());
      }
    });
    upstream.on("end", () => client.end());
    client.on("close", () => upstream.destroy());
  });
  const { port, stop } = await listenOn(server);
  return { port, connections: () => taken, cuts: () => cut, stop };
}

/**
 * The same for FTP without encryption: the control connection passes on whole, and the first `cuts` data connections
 * are cut. @param to the server's control port.
 */
export async function startCuttingFtpRelay({
  to,
  afterBytes,
  cuts,
}: {
  to: number;
  afterBytes: number;
  cuts: number;
}): Promise<CuttingRelay> {
  let left = cuts;
  const data: CuttingRelay[] = [];
  const server = createServer((client) => {
    const upstream = passOnTo(to, client);
    client.pipe(upstream);
    upstream.on("data", async (chunk) => {
      const text = String(chunk);
      const port = /\(\|\|\|(\d+)\|\)/.exec(text)?.[1];
      if (port === undefined) return client.write(chunk);
      const relay = await startCuttingRelay({ to: Number(port), afterBytes, cuts: left > 0 ? 1 : 0 });
      left--;
      data.push(relay);
      client.write(text.replace(`|||${port}|`, `|||${relay.port}|`));
    });
  });
  const { port, stop } = await listenOn(server);
  return {
    port,
    connections: () => data.length,
    cuts: () => data.reduce((sum, relay) => sum + relay.cuts(), 0),
    stop: async () => {
      await Promise.all([stop(), ...data.map((relay) => relay.stop())]);
    },
  };
}
