import type { Socket } from "node:net";
import { limits } from "#lib/limits.ts";
import { codedError } from "./coded-error.ts";

/** Connecting takes too long (`ETIMEDOUT`), or a server that was reached says nothing (`SILENT`). */
type Late = "ETIMEDOUT" | "SILENT";

/**
 * Waits for one event of a socket, at most `limits.connectMs`; whatever comes instead destroys the socket.
 * @throws Error what the socket says; `CLOSED` if it ends before; `late` in time; the signal's reason
 */
export function untilEvent<T = void>(
  socket: Socket,
  event: "connect" | "secureConnect" | "data",
  { late, signal }: { late: Late; signal?: AbortSignal },
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      socket.off(event, onEvent).off("error", fail).off("close", onClose).off("end", onClose);
    };
    const fail = (error: unknown) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onEvent = (value: T) => {
      settle();
      resolve(value);
    };
    const onClose = () => fail(codedError("CLOSED", "The server closed the connection"));
    const onAbort = () => fail(signal?.reason);
    const timer = setTimeout(() => fail(codedError(late, "No answer in time")), limits.connectMs);
    socket.once(event, onEvent).once("error", fail).once("close", onClose).once("end", onClose);
    if (signal?.aborted) onAbort();
    else signal?.addEventListener("abort", onAbort, { once: true });
  });
}
