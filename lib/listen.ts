import pg from "pg";
import { messageOf } from "./errors.ts";
import { log } from "./log.ts";

const RECONNECT_MS = 1_000;

/**
 * Keeps one connection listening for the notifications of a channel, and connects again when it is lost. `heard` is
 * called for each, and after every connecting: what was committed while nobody listened is looked for at once.
 * @param connectionString of the server; the embedded engine has no other process to hear of.
 * @returns how to stop.
 */
export function listen(connectionString: string, channel: string, heard: () => void): () => void {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const again = (one: pg.Client, error?: unknown) => {
    if (client !== one) return;
    client = undefined;
    one.end().catch(() => undefined);
    if (stopped) return;
    log.warn({ channel, reason: error ? messageOf(error) : "closed" }, "not hearing of other processes");
    timer = setTimeout(connect, RECONNECT_MS);
    timer.unref();
  };
  const connect = () => {
    const one = new pg.Client({ connectionString, keepAlive: true, connectionTimeoutMillis: 10_000 });
    client = one;
    one.on("error", (error) => again(one, error));
    one.on("end", () => again(one));
    one.on("notification", heard);
    one
      .connect()
      .then(() => one.query(`listen ${channel}`))
      .then(heard, (error) => again(one, error));
  };
  connect();
  return () => {
    stopped = true;
    clearTimeout(timer);
    const last = client;
    client = undefined;
    last?.end().catch(() => undefined);
  };
}
