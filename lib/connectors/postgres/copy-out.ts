import { to as copyTo } from "pg-copy-streams";
import type { RowStream } from "../connector.ts";
import { codedError } from "../network/coded-error.ts";
import type { Session } from "./session.ts";

/** What the library calls when its query goes on; typed nowhere. */
type Hooks = {
  handleError: (error: Error) => void;
  handleReadyForQuery: () => void;
};

/**
 * Streams a `COPY … TO STDOUT`. Who gives up reading in the middle ends the session: the server would go on writing.
 * @param explain puts an error of the server or the network into words
 */
export function copyOut(session: Session, statement: string, explain: (error: unknown) => Error): RowStream {
  const stream = copyTo(statement);
  const hooks = stream as unknown as Hooks;
  let complete = false;
  const done = new Promise<number>((resolve, reject) => {
    hooks.handleReadyForQuery = () => {
      complete = true;
      resolve(stream.rowCount);
    };
    hooks.handleError = (error) => {
      complete = true;
      const explained = explain(error);
      reject(explained);
      stream.destroy(explained);
    };
    stream.once("close", () => {
      // The last message may still be on its way when the last byte was read.
      if (complete || stream.readableEnded) return;
      reject(explain(codedError("CLOSED", "The reading was given up")));
      void session.abort();
    });
  });
  // Who reads the stream learns of an error there; nobody has to wait for `done`.
  done.catch(() => undefined);
  session.client.query(stream);
  return { stream, done };
}
