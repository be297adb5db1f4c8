import { redact, redactText } from "#lib/redact.ts";
import type { ClaimedRun, LogEntry, ProgressUpdate } from "./claimed-run.ts";

/** As much of a claimed run as the fence needs. */
type Claim = { ctx: ClaimedRun["ctx"]; run: Pick<ClaimedRun["run"], "id" | "attempt"> };

/**
 * Writes a run's progress, run and nodes in one statement, as long as this attempt holds the run.
 * @returns false if it does not any more: stop working, another worker has it.
 */
export async function recordProgress({ ctx, run }: Claim, update: ProgressUpdate): Promise<boolean> {
  const nodes = (update.nodes ?? []).map((node) => ({
    ...node,
    error: node.error && { ...node.error, message: redactText(node.error.message) },
  }));
  const { rowsRead = null, rowsOut = null, rowsRejected = null, rowsExpected = null } = update;
  const [held] = await ctx.db.$queryRaw<{ held: number }[]>`
    with held as (
      update "Run" set "heartbeatAt" = now(),
        "rowsRead" = coalesce(${rowsRead}::bigint, "rowsRead"),
        "rowsOut" = coalesce(${rowsOut}::bigint, "rowsOut"),
        "rowsRejected" = coalesce(${rowsRejected}::bigint, "rowsRejected"),
        "rowsExpected" = coalesce(${rowsExpected}::bigint, "rowsExpected")
      where "id" = ${run.id} and "tenantId" = ${ctx.tenant} and "attempt" = ${run.attempt}
        and "status" = 'running'
      returning "id"
    ), steps as (
      update "RunStep" s set
        "status" = coalesce(n."status", s."status"),
        "rowsIn" = coalesce(n."rowsIn", s."rowsIn"),
        "rowsOut" = coalesce(n."rowsOut", s."rowsOut"),
        "rowsRejected" = coalesce(n."rowsRejected", s."rowsRejected"),
        "counts" = coalesce(n."counts", s."counts"),
        "error" = coalesce(n."error", s."error"),
        "startedAt" = case when n."status" in ('running', 'completed', 'failed')
          then coalesce(s."startedAt", now()) else s."startedAt" end,
        "finishedAt" = case when n."status" in ('completed', 'failed', 'cancelled', 'skipped')
          then now() when n."status" = 'running' then null else s."finishedAt" end
      from held, jsonb_to_recordset(${JSON.stringify(nodes)}::jsonb) as n("nodeId" text, "status" text,
        "rowsIn" bigint, "rowsOut" bigint, "rowsRejected" bigint, "counts" jsonb, "error" jsonb)
      where s."runId" = held."id" and s."nodeId" = n."nodeId"
    )
    select count(*)::int as "held" from held`;
  return held?.held === 1;
}

/** Appends lines to a run's log, redacted. Nothing is written once the run belongs to another attempt. */
export async function appendLog({ ctx, run }: Claim, entries: LogEntry | readonly LogEntry[]): Promise<void> {
  const lines = [entries].flat().map(({ level, message, nodeId, data }) => ({
    level,
    message: redactText(message).slice(0, 4000),
    nodeId,
    data: data && redact(data),
  }));
  if (lines.length === 0) return;
  await ctx.db.$executeRaw`
    insert into "RunLog" ("runId", "tenantId", "level", "nodeId", "message", "data")
    select r."id", r."tenantId", l."level", l."nodeId", l."message", l."data"
    from "Run" r, jsonb_to_recordset(${JSON.stringify(lines)}::jsonb)
      as l("level" text, "nodeId" text, "message" text, "data" jsonb)
    where r."id" = ${run.id} and r."tenantId" = ${ctx.tenant} and r."attempt" = ${run.attempt}`;
}

/** True if someone asked to cancel the run. Its signal says so by itself within a second. */
export async function isCancelled({ ctx, run }: Claim): Promise<boolean> {
  return (await readClaim({ ctx, run })) === "cancelled";
}

/** Keeps the run's heartbeat and reads whether it is to go on. */
export async function readClaim({ ctx, run }: Claim): Promise<"held" | "cancelled" | "lost"> {
  const [row] = await ctx.db.$queryRaw<{ cancelRequestedAt: Date | null }[]>`
    select "cancelRequestedAt" from "Run" where "id" = ${run.id} and "tenantId" = ${ctx.tenant}
      and "attempt" = ${run.attempt} and "status" = 'running'`;
  if (!row) return "lost";
  return row.cancelRequestedAt ? "cancelled" : "held";
}
