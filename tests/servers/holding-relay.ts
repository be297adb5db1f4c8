import { createServer } from "node:net";
import { type Listening, listenOn, passOnTo } from "./listening.ts";

/**
 * Passes on to a loopback port. Once so many bytes of a connection have come from its client, what follows is held
 * back for good: whatever the client sends in one go stands in its middle, however fast or slow the machine is.
 */
export function startHoldingRelay({
  to,
  afterBytes,
}: {
  to: number;
  afterBytes: number;
}): Promise<Listening> {
  return listenOn(
    createServer((client) => {
      const upstream = passOnTo(to, client);
      let passed = 0;
      client.on("data", (chunk) => {
        passed += chunk.length;
        if (passed > afterBytes) return void client.pause();
        if (upstream.write(chunk)) return;
        client.pause();
        upstream.once("drain", () => client.resume());
      });
      upstream.pipe(client);
    }),
  );
}
