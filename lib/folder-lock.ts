import { createHash } from "node:crypto";
import { mkdirSync, realpathSync, rmSync } from "node:fs";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

/** Longest path of a unix socket that every system takes. */
const SOCKET_PATH_MAX = 100;

/**
 * Holds a folder for this process alone, by a unix socket that the system releases when the process dies.
 * A stale socket of a killed process is taken over; a live holder is named in the error.
 * @returns a function that releases the folder.
 * @throws Error if another process holds it.
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const real = realpathSync(folder);
  const inside = path.join(real, "lock.sock");
  const short = path.join(
    tmpdir(),
    `penstock-${createHash("sha256").update(real).digest("hex").slice(0, 24)}.sock`,
  );
  const socket = inside.length <= SOCKET_PATH_MAX ? inside : short;
  for (let attempt = 0; attempt < 5; attempt++) {
    const server = await listen(socket);
    if (server) return () => new Promise((resolve) => server.close(() => resolve()));
    const holder = await askHolder(socket);
    if (holder) {
      throw new Error(
        `The data folder ${folder} is in use by process ${holder}. Stop it first, or choose another with PENSTOCK_DATA_DIR.`,
      );
    }
    rmSync(socket, { force: true });
  }
  throw new Error(`The data folder ${folder} could not be locked`);
}

function listen(socket: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((client) => client.end(String(process.pid)));
    server.once("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen(socket, () => {
      server.unref();
      resolve(server);
    });
  });
}

function askHolder(socket: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = "";
    const client = connect(socket);
    client.setTimeout(2_000, () => client.destroy());
    client.on("data", (chunk) => {
      answer += String(chunk);
    });
    client.on("error", () => resolve(undefined));
    client.on("close", () => resolve(answer || undefined));
  });
}
