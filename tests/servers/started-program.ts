import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";

const START_MS = 60_000;
const LOOK_MS = 25;

/** A program that serves, in a folder of its own. */
export type StartedProgram = {
  pid: number;
  /** The last it wrote, to either output. */
  said: () => string;
  /** Ends it, so that its folder can be served again. */
  end: (signal?: NodeJS.Signals) => Promise<void>;
  stop: () => Promise<void>;
};

/** A program that ended before it was ready, or never was. */
export class NotStarted extends Error {
  readonly exitCode: number | null;
  constructor(program: string, exitCode: number | null, said: string) {
    super(`${path.basename(program)} did not start:\n${said}`);
    this.exitCode = exitCode;
  }
}

/** The first of these programs that is on this machine. */
export function findProgram(...places: string[]): string | undefined {
  return places.find((place) => existsSync(place));
}

/**
 * Runs a program and waits until it is ready. Its folder is removed when it ends.
 * @param ready the port on which it takes connections then, or what it has written by then.
 * @param runAs whose rights it has, if not ours.
 * @param endWith the signal at which it ends.
 * @throws NotStarted with what it said.
 */
export async function startProgram({
  folder,
  program,
  words,
  ready,
  env,
  runAs,
  endWith = "SIGTERM",
}: {
  folder: string;
  program: string;
  words: string[];
  ready: number | RegExp;
  env?: Record<string, string>;
  runAs?: { uid: number; gid: number } | undefined;
  endWith?: NodeJS.Signals;
}): Promise<StartedProgram> {
  const child = spawn(program, words, {
    ...runAs,
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
  const end = async (signal = endWith) => {
    process.removeListener("exit", onExit);
    await ended(child, signal);
  };
  const stop = async () => {
    await end();
    rmSync(folder, { recursive: true, force: true });
  };
  const until = Date.now() + START_MS;
  while (!(typeof ready === "number" ? await answers(ready) : ready.test(said))) {
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > until) {
      const { exitCode } = child;
      await stop();
      throw new NotStarted(program, exitCode, said);
    }
    await delay(LOOK_MS);
  }
  return { pid: child.pid ?? 0, said: () => said, end, stop };
}

/** A temporary folder for a server's files. */
export const serverFolder = (name: string): string => mkdtempSync(path.join(tmpdir(), `penstock-${name}-`));

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}
