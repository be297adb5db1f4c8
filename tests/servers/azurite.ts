import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { freePort } from "../services.ts";
import { serverFolder, startProgram } from "./started-program.ts";

/** Azurite, Microsoft's emulator of Azure Storage: its blobs only, in memory. */
export type AzureServer = {
  /** With the account's name behind it, as the emulator wants it. */
  endpoint: string;
  port: number;
  account: string;
  accountKey: string;
  stop: () => Promise<void>;
};

const require = createRequire(import.meta.url);

/** Where Azurite's program is, if the package is installed. */
export function findAzurite(): string | undefined {
  try {
    const manifest = require.resolve("azurite/package.json");
    const program = path.join(path.dirname(manifest), "dist/src/blob/main.js");
    return existsSync(program) ? program : undefined;
  } catch {
    return undefined;
  }
}

/** Starts it on a free loopback port with one account of our own. @throws Error if it does not come up. */
export async function startAzurite(): Promise<AzureServer> {
  const program = findAzurite();
  if (!program) throw new Error("Azurite is not installed: npm install");
  const folder = serverFolder("azurite");
  const port = await freePort();
  const account = "penstocktests";
  const accountKey = randomBytes(64).toString("base64");
  const server = await startProgram({
    folder,
    ready: port,
    program: process.execPath,
    words: [
      program,
      ...["--blobHost", "127.0.0.1", "--blobPort", String(port)],
      ...["--skipApiVersionCheck", "--inMemoryPersistence", "--silent", "--disableTelemetry"],
    ],
    env: { AZURITE_ACCOUNTS: `${account}:${accountKey}` },
  });
  return { endpoint: `http://127.0.0.1:${port}/${account}`, port, account, accountKey, stop: server.stop };
}
