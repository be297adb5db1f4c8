import { type ChildProcess, fork, type Serializable } from "node:child_process";
import { on, once } from "node:events";
import path from "node:path";
import { inject } from "vitest";

/** How long a test with such processes may take. It is there for one that hangs: a busy machine needs its time. */
export const FORKED_MS = 300_000;

/** A process that a test talks to, and that is killed or ends by itself. What it says waits until it is asked for. */
export class Forked {
  /** The signal that ended it, if one did. All that it said has arrived by then. */
  readonly ended: Promise<string | null>;
  private readonly child: ChildProcess;
  private readonly said: AsyncIterator<unknown[]>;

  /**
   * @param file from the top of the repository
   * @param env beside what every process needs
   */
  constructor(file: string, env: Record<string, string>) {
    this.child = fork(path.resolve(file), {
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      env: {
        NODE_ENV: "test",
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: path.join(inject("temporaryFolder"), "compiled"),
        ...env,
      },
    });
    // Several messages, or the last one and the end, can come in the same breath.
    this.said = on(this.child, "message", { close: ["close"] });
    this.ended = once(this.child, "close").then(([, signal]) => signal);
  }

  /** What it says next. @throws Error if it ends without a word. */
  async says<T>(): Promise<T> {
    const { done, value } = await this.said.next();
    if (done) throw new Error(`It ended without a word: ${this.child.signalCode ?? this.child.exitCode}`);
    return value[0] as T;
  }

  tell(order: Serializable): void {
    this.child.send(order);
  }

  async kill(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}
