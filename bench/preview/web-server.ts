import { createReadStream, readdirSync, statSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";

/** A web server over a folder, with a page that lists it; it answers to ranges, and counts what it sends. */
export type BenchWeb = { url: string; bytes: () => number; stop: () => void };

/** Starts it on a free loopback port. */
export async function startWebServer(folder: string): Promise<BenchWeb> {
  let bytes = 0;
  const server = http.createServer((request, response) => {
    if (request.url === "/") {
      const links = readdirSync(folder).map((name) => `<a href="${name}">${name}</a>`);
      response.writeHead(200, { "content-type": "text/html" });
      return void response.end(`<html><h1>Index of /</h1><pre>${links.join("\n")}</pre></html>`);
    }
    const file = path.join(folder, path.basename(request.url ?? ""));
    const { size, mtime } = statSync(file);
    const range = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "");
    const start = Number(range?.[1] ?? 0);
    const end = Math.min(range?.[2] ? Number(range[2]) : size - 1, size - 1);
    response.writeHead(range ? 206 : 200, {
      "accept-ranges": "bytes",
      "content-length": end - start + 1,
      "content-type": "text/csv",
      etag: `"${size}"`,
      "last-modified": mtime.toUTCString(),
      ...(range && { "content-range": `bytes ${start}-${end}/${size}` }),
    });
    if (request.method === "HEAD") return void response.end();
    const from = createReadStream(file, { start, end });
    from.on("data", (chunk) => {
      bytes += chunk.length;
    });
    response.once("close", () => from.destroy());
    from.pipe(response);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bytes: () => bytes,
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
