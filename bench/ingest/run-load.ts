import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import type { LinesAnswer, LinesOrder } from "./lines-child.ts";
import type { LoadAnswer, LoadOrder } from "./load-child.ts";

let first = 1;

/** Single events over 64 connections, by a process of its own. @throws Error if any request failed. */
export async function runLoad(order: Omit<LoadOrder, "first" | "connections">): Promise<LoadAnswer> {
  const answer = await child<LoadAnswer>("load-child.ts", { ...order, connections: 64, first });
  first = answer.next;
  if (answer.failed > 0)
    throw new Error(`${answer.failed} requests failed, such as:\n${answer.firstFailure}`);
  return answer;
}

/** Events as lines of one request, by a process of its own. @throws Error if any event failed. */
export async function runLines(order: Omit<LinesOrder, "first">): Promise<LinesAnswer> {
  const answer = await child<LinesAnswer>("lines-child.ts", { ...order, first });
  first += order.events;
  if (answer.accepted !== order.events)
    throw new Error(`${answer.accepted} of ${order.events} events were accepted: ${answer.said}`);
  return answer;
}

async function child<T>(file: string, order: object): Promise<T> {
  const flags = ["--disable-warning=ExperimentalWarning", path.join(import.meta.dirname, file)];
  const { stdout } = await promisify(execFile)(process.execPath, [...flags, JSON.stringify(order)]);
  return JSON.parse(stdout) as T;
}
