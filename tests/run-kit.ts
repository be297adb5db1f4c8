import { expect } from "vitest";
import type { Ctx } from "#lib/context.ts";
import {
  type ClaimedRun,
  claimRun,
  createPipeline,
  getRunProgress,
  type RunHandler,
  requestRun,
} from "#lib/runs/index.ts";
import { type DocumentOptions, ordersIr } from "./pipeline-documents.ts";

/** Waits until something holds. */
export const until = (check: () => unknown) =>
  expect.poll(async () => Boolean(await check()), { interval: 50, timeout: 25_000 }).toBe(true);

/** Makes an executable pipeline. @returns its uuid. */
export async function pipeline(ctx: Ctx, id = "orders", options: DocumentOptions = {}): Promise<string> {
  return (await createPipeline({ ctx, input: { irVersion: "1.0", ir: ordersIr(id, options) } })).id;
}

/** Asks for a run. @returns its id. */
export async function request(ctx: Ctx, pipelineId: string): Promise<string> {
  return (await requestRun({ ctx, input: { pipelineId } })).runId;
}

/** Where a run stands. */
export const progress = (ctx: Ctx, runId: string) => getRunProgress({ ctx, input: { runId } });

/** A run's status alone. */
export const status = async (ctx: Ctx, runId: string) => (await progress(ctx, runId)).status;

/** Claims a run as a worker whom the queue handed its job. */
export const claim = (ctx: Ctx, runId: string) =>
  claimRun({ tenantId: ctx.tenant, runId }, { db: ctx.db, signal: new AbortController().signal });

/** The same, where it must succeed. */
export async function claimed(ctx: Ctx, runId: string): Promise<ClaimedRun> {
  const got = await claim(ctx, runId);
  if (!got) throw new Error("The run could not be claimed");
  return got;
}

/** A handler that does nothing until the run is stopped. */
export const waitForStop: RunHandler = ({ signal }) =>
  new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    // The run is "running" a moment before its handler is called.
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop);
  });
