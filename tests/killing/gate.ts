import { writeSync } from "node:fs";
import { Socket } from "node:net";
import type { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { DuckDBConnection } from "@duckdb/node-api";
import pg from "pg";

/** A statement on its way to a database, or a chunk on its way to the engine. */
export type Step = {
  /** Matched against its text, followed by its values as JSON. */
  on: RegExp;
  /** On the same connection as the step before. */
  same?: true;
  /** It counts only if it brought this many rows. */
  answers?: (rows: number) => boolean;
};

/**
 * Where this process ends: these steps are seen in order, and the last one is about to be sent, is sent and not
 * answered, has kept the engine busy, has had its rows arrive at the server in part, or is answered. Or whatever it is
 * at so many milliseconds later.
 */
export type Stop = Stopped | { after: number };
type Stopped = { steps: Step[]; at: "before" | "sent" | "working" | "flowing" | "answered" };

const BUSY_MICROSECONDS = 5_000;

let armed: Stopped | undefined;
let reached = 0;
let last: unknown;

/** From now on this process kills itself, as `kill -9` would, as soon as it gets there. */
export function arm(stop: Stop): void {
  if ("after" in stop) {
    setTimeout(die, stop.after);
    return;
  }
  armed = stop;
  reached = 0;
  last = undefined;
}

/** Lets every statement of this process, and every chunk that it feeds an engine with, pass through here. */
export function watchDrivers(): void {
  for (const name of ["run", "runAndReadAll", "stream"] as const) {
    const original = DuckDBConnection.prototype[name] as (...args: unknown[]) => Promise<unknown>;
    const watched = function (this: DuckDBConnection, ...args: unknown[]) {
      return pass(this, String(args[0]), () => original.apply(this, args));
    };
    Object.defineProperty(DuckDBConnection.prototype, name, { value: watched, writable: true });
  }
  const query = pg.Client.prototype.query as (...args: unknown[]) => unknown;
  const watchedQuery = function (this: pg.Client, ...args: unknown[]) {
    const [first, values] = args;
    const given = typeof first === "string" ? { text: first, values } : (first as { text: string });
    const text = `${given.text} ${JSON.stringify("values" in given ? given.values : undefined, plain)}`;
    return pass(
      this,
      text,
      () => query.apply(this, args),
      () => flow(this, first as Writable),
    );
  };
  Object.defineProperty(pg.Client.prototype, "query", { value: watchedQuery, writable: true });
  const write = Socket.prototype.write as (...args: unknown[]) => boolean;
  const chunks = new WeakMap<Socket, number>();
  const watchedWrite = function (this: Socket, ...args: unknown[]) {
    if (this.readable) return write.apply(this, args);
    const count = (chunks.get(this) ?? 0) + 1;
    chunks.set(this, count);
    return pass(this, `fifo chunk ${count}`, () => write.apply(this, args)) as boolean;
  };
  Object.defineProperty(Socket.prototype, "write", { value: watchedWrite, writable: true });
}

const plain = (_key: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);

function pass<T>(on: unknown, text: string, send: () => T, flows?: () => void): T {
  const step = armed?.steps[reached];
  if (!armed || !step || (step.same && on !== last) || !step.on.test(text)) return send();
  const isLast = reached === armed.steps.length - 1;
  if (!isLast) {
    reached += 1;
    last = on;
    return send();
  }
  const { at } = armed;
  if (at === "before") die();
  const answer = send();
  if (at === "sent") setImmediate(die);
  else if (at === "working") void dieWhenBusy(answer);
  else if (at === "flowing") flows?.();
  else
    return Promise.resolve(answer).then((result) => {
      const { rows } = (result ?? {}) as { rows?: unknown[] };
      if (!step.answers || step.answers(rows?.length ?? 0)) die();
      return result;
    }) as T;
  return answer;
}

/** Dies as soon as the engine's own threads have worked on the statement; at the latest when it is answered. */
async function dieWhenBusy(answer: unknown): Promise<void> {
  let answered = false;
  void Promise.resolve(answer).finally(() => {
    answered = true;
  });
  const others = () => {
    const [all, mine] = [process.cpuUsage(), process.threadCpuUsage()];
    return all.user + all.system - mine.user - mine.system;
  };
  const before = others();
  while (!answered && others() - before < BUSY_MICROSECONDS) await delay(1);
  die();
}

/** Lets one chunk of a COPY through and holds the rest back; dies when the server has taken rows of it. */
function flow(client: pg.Client, copy: Writable): void {
  const write = copy.write.bind(copy) as (...args: unknown[]) => boolean;
  let held = false;
  Object.defineProperty(copy, "write", {
    value: (...args: unknown[]) => {
      if (held) return false;
      held = true;
      write(...args);
      void dieWhenTaken(client);
      return false;
    },
  });
}

async function dieWhenTaken(client: pg.Client): Promise<void> {
  const { host, port, user, database, password, processID } = client as pg.Client & { processID: number };
  const other = new pg.Client({ host, port, user, database, password: String(password) });
  await other.connect();
  for (;;) {
    const { rows } = await other.query(
      "select 1 from pg_stat_progress_copy where pid = $1 and tuples_processed > 0",
      [processID],
    );
    if (rows.length > 0) die();
  }
}

function die(): never {
  writeSync(1, "reached\n");
  process.kill(process.pid, "SIGKILL");
  throw new Error("A killed process goes on");
}
