import { setTimeout as delay } from "node:timers/promises";
import type { PenstockClient } from "#lib/client/index.ts";
import { isFinal, type RunProgress } from "#lib/runs/schema.ts";
import { wholeNumber } from "../arguments.ts";
import { EXIT, type Exit, UsageError } from "../exit.ts";
import type { Session } from "../session.ts";

const POLL_MS = 500;

/** Asks for a run and, with `--wait`, follows it to its end; one that did not complete ends with 1. */
export async function run(session: Session): Promise<Exit> {
  const { wait, timeout: text } = session.options;
  const timeout = wholeNumber("timeout", text);
  if (timeout !== undefined && !wait) throw new UsageError("--timeout needs --wait");
  const server = session.server();
  const { runId } = await server.pipelines.run(session.operands[0] ?? "");
  session.say(`Run ${runId}`);
  if (!wait) {
    session.give({ runId });
    return EXIT.ok;
  }
  const end = await untilFinal(session, server, runId, timeout);
  session.give(end);
  if (!isFinal(end.status)) {
    session.complain(`It is ${end.status} after ${timeout} s, and goes on; see penstock logs ${runId}`);
    return EXIT.failed;
  }
  const { rowsRead, rowsOut, rowsRejected, error } = end;
  session.say(`${end.status}: ${rowsRead} read, ${rowsOut} loaded, ${rowsRejected} rejected`);
  if (error) session.complain(`${error.nodeId ? `${error.nodeId}: ` : ""}${error.message} [${error.code}]`);
  return end.status === "failed" || end.status === "cancelled" ? EXIT.failed : EXIT.ok;
}

async function untilFinal(
  session: Session,
  server: PenstockClient,
  runId: string,
  seconds: number | undefined,
): Promise<RunProgress> {
  const until = seconds === undefined ? Number.POSITIVE_INFINITY : performance.now() + seconds * 1_000;
  let told = "";
  for (;;) {
    const progress = await server.runs.read(runId);
    if (isFinal(progress.status)) return progress;
    const line = `${progress.status}: ${progress.rowsRead} rows read`;
    if (line !== told) session.complain(line);
    told = line;
    if (performance.now() >= until) return progress;
    await delay(POLL_MS);
  }
}
