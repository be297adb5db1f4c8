import { execFileSync } from "node:child_process";
import { chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type StartedProgram, serverFolder, startProgram } from "./started-program.ts";

/** The folder of a database server that is about to be made; what is put there is the server's own. */
export type DatabaseFolder = {
  folder: string;
  directory: (name: string) => string;
  /** Nobody else may read it. */
  file: (name: string, text: string) => string;
  /** Runs a program to its end, with the server's rights. @throws Error with what it said. */
  run: (program: string, words: string[]) => void;
  start: (
    server: Pick<Parameters<typeof startProgram>[0], "program" | "words" | "endWith"> & { ready: RegExp },
  ) => Promise<StartedProgram>;
};

/**
 * Makes and starts a database server in a temporary folder. These refuse to run as root: where we are, it belongs to the
 * first of `users` that there is. Nothing is left of it where that fails.
 */
export async function inDatabaseFolder<T>(
  name: string,
  users: string[],
  make: (home: DatabaseFolder) => Promise<T>,
): Promise<T> {
  const runAs = process.getuid?.() === 0 ? idOf(users) : undefined;
  const folder = serverFolder(name);
  const own = (place: string) => {
    if (runAs) chownSync(place, runAs.uid, runAs.gid);
    return place;
  };
  own(folder);
  const place = (given: string) => path.join(folder, given);
  try {
    return await make({
      folder,
      directory: (given) => {
        mkdirSync(place(given));
        return own(place(given));
      },
      file: (given, text) => {
        writeFileSync(place(given), text, { mode: 0o600 });
        return own(place(given));
      },
      run: (program, words) => {
        execFileSync(program, words, { ...runAs, cwd: folder, stdio: "pipe" });
      },
      start: (server) => startProgram({ folder, runAs, ...server }),
    });
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

function idOf(users: string[]): { uid: number; gid: number } {
  for (const name of users) {
    try {
      const id = (flag: string) => Number(execFileSync("id", [flag, name], { stdio: "pipe" }));
      return { uid: id("-u"), gid: id("-g") };
    } catch {
      // No such user on this machine; the next one may exist.
    }
  }
  throw new Error(`This server does not run as root, and there is no user ${users.join(" or ")}`);
}
