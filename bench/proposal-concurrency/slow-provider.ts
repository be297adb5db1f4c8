import { fork } from "node:child_process";
import { once } from "node:events";
import { startModelWire, type WireAnswer } from "#tests/model-wire.ts";

/** A provider in a process of its own, which answers every call with the same patch after that time. */
export type SlowProvider = { url: string; stop: () => void };

/** Starts it. @param answer what each call is answered with; @param calls at most. */
export async function slowProvider(answer: WireAnswer, calls: number): Promise<SlowProvider> {
  const child = fork(import.meta.filename, ["child"], {
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
  child.send({ answer, calls });
  const [url] = (await once(child, "message")) as [string];
  return { url, stop: () => void child.kill() };
}

if (process.argv[2] === "child")
  process.once("message", async (message) => {
    const { answer, calls } = message as { answer: WireAnswer; calls: number };
    const wire = await startModelWire();
    wire.queue.push(...Array.from({ length: calls }, () => answer));
    process.send?.(wire.url);
  });
