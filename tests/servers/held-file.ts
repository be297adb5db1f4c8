import { createServer } from "node:http";
import { listenOn } from "./listening.ts";

/** A file on a web server of this process. */
export type HeldFile = {
  /** Where the server is, without a slash at the end: it has no other file. */
  url: string;
  /** From now on the file is sent whole; whoever has half of it gets the rest. */
  release: () => void;
  stop: () => Promise<void>;
};

/**
 * Sends the first half of a file and, until it is released, no more: whoever reads it stands in its middle, however fast
 * or slow the machine is.
 */
export async function startHeldFile(content: Buffer): Promise<HeldFile> {
  const held = new Set<() => void>();
  let released = false;
  const half = content.length >> 1;
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-length": content.length });
    if (request.method === "HEAD") return void response.end();
    if (released) return void response.end(content);
    response.write(content.subarray(0, half));
    const rest = () => response.end(content.subarray(half));
    held.add(rest);
    response.once("close", () => held.delete(rest));
  });
  const { url, stop } = await listenOn(server);
  return {
    url,
    release: () => {
      released = true;
      for (const rest of held) rest();
    },
    stop,
  };
}
