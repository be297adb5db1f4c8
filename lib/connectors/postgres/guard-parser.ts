import type { Socket } from "node:net";
import type pg from "pg";
import { notPostgres } from "./negotiate.ts";

/** Only these begin what a PostgreSQL says after the first message: authentication, error, notice, version. */
const FIRST_WORDS = new Set(["R", "E", "N", "v"].map((letter) => letter.charCodeAt(0)));
const FIRST_BYTES = 65_536;

type Reading = { on: (event: string, listener: (chunk: Buffer) => void) => unknown };

/**
 * Who answers may be no PostgreSQL, or a broken one: its first bytes are looked at before the client waits for a message
 * of a gigabyte, and what its parser throws ends the connection instead of the process.
 */
export function guardParser(client: pg.Client): void {
  const { connection } = client as unknown as { connection: { attachListeners: (stream: Socket) => void } };
  const attach = connection.attachListeners.bind(connection);
  connection.attachListeners = (stream) => {
    let begun = false;
    const guarded: Reading = {
      on: (event, listener) => {
        if (event !== "data") return stream.on(event, listener);
        return stream.on("data", (chunk: Buffer) => {
          try {
            if (!begun && !isFirstWord(chunk)) throw notPostgres();
            begun = true;
            listener(chunk);
          } catch (error) {
            stream.destroy(error as Error);
          }
        });
      },
    };
    attach(guarded as unknown as Socket);
  };
}

function isFirstWord(chunk: Buffer): boolean {
  if (!FIRST_WORDS.has(chunk[0] ?? 0)) return false;
  return chunk.length < 5 || chunk.readUInt32BE(1) < FIRST_BYTES;
}
