import { setTimeout as delay } from "node:timers/promises";
import { isFinal, type RunLogLine } from "#lib/runs/schema.ts";
import { EXIT, type Exit } from "../exit.ts";
import type { Session } from "../session.ts";

const POLL_MS = 500;

/** Writes a run's log; with `--follow` until the run has ended. */
export async function logs(session: Session): Promise<Exit> {
  const runId = session.operands[0] ?? "";
  const { runs } = session.server();
  let after = 0;
  for (;;) {
    // Asked before the log is: what a run says before it has ended is then still read.
    const ended = !session.options.follow || isFinal((await runs.read(runId)).status);
    for (let more = true; more; ) {
      const page = await runs.log(runId, after);
      for (const line of page.data) {
        session.say(lineOf(line));
        session.give(line);
      }
      after = page.next;
      more = page.hasMore;
    }
    if (ended) return EXIT.ok;
    await delay(POLL_MS);
  }
}

function lineOf({ at, level, nodeId, message }: RunLogLine): string {
  return `${at} ${level.padEnd(5)} ${nodeId ? `${nodeId}: ` : ""}${message}`;
}
