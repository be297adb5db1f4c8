import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";

const START_MS = 20_000;

/** A program that serves on a port, in a folder of its own. */
export type StartedProgram = { folder: string; port: number; stop: () => Promise<void> };

/** The first of these programs that is on this machine. */
export function findProgram(...places: string[]): string | undefined {
  return places.find((place) => existsSync(place));
}

/** Runs a program and waits until it takes connections. Its folder is removed when it ends. @throws Error with what it said. */
export async function startProgram({
  folder,
  port,
  program,
  words,
  env,
}: {
  folder: string;
  port: number;
  program: string;
  words: string[];
  env?: Record<string, string>;
}): Promise<StartedProgram> {
  const child = spawn(program, words, {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    ...(env && { env: { ...process.env, ...env } }),
  });
  let said = "";
  for (const output of [child.stdout, child.stderr])
    output?.on("data", (chunk) => {
      said = `${said}${chunk}`.slice(-10_000);
    });
  const onExit = () => child.kill("SIGKILL");
  process.once("exit", onExit);
  const stop = async () => {
    process.removeListener("exit", onExit);
    await ended(child);
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > until) {
      await stop();
      throw new Error(`${path.basename(program)} did not start:\n${said}`);
    }
  }
  return { folder, port, stop };
}

/** A temporary folder for a server's files. */
export const serverFolder = (name: string): string => mkdtempSync(path.join(tmpdir(), `penstock-${name}-`));

/** Whether somebody listens there; asked again after a moment if not. */
function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => setTimeout(() => resolve(false), 25));
  });
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill("SIGTERM");
  });
}
