import type { Db } from "#lib/db.ts";
import { keepOutboxes, type Outbox, writeOutbox, writeOutboxSoon } from "#lib/ingest/index.ts";
import { namePipelines } from "#lib/pipelines/index.ts";
import { markFailuresLogged, takeUnloggedFailures } from "#lib/runs/index.ts";
import { decisionEvent, type LoggedDecision } from "./decision-event.ts";
import { failureEvent, type LoggedFailure } from "./failure-event.ts";

/** Writes what was decided to the log, shortly. Nobody waits for it; what fails is tried again by the sweep. */
export function logDecisionsSoon(db: Db): void {
  writeOutboxSoon(db, decisionsOf(db));
}

/**
 * Writes every decision about a proposal, and every failed run, that the log was not told of. What was erased there
 * stays erased.
 * @throws AppError `unavailable`, `overloaded`
 */
export async function logDecisions(db: Db): Promise<void> {
  await writeOutbox(decisionsOf(db));
  await writeOutbox(failuresOf(db));
}

/** Sees to it, while a process lives, that decisions and failed runs reach the log. */
export function keepDecisions(db: Db): { stop: () => Promise<void> } {
  return keepOutboxes([() => logDecisions(db)]);
}

function failuresOf(db: Db): Outbox<LoggedFailure> {
  return {
    name: "failed runs",
    take: (limit) => takeFailures(db, limit),
    eventsOf: (run) => [failureEvent(run)],
    mark: (tenant, runs) => markFailuresLogged(db, tenant, runs),
  };
}

function decisionsOf(db: Db): Outbox<LoggedDecision> {
  return {
    name: "decisions about proposals",
    take: (limit) => takeDecisions(db, limit),
    eventsOf: (row) => [decisionEvent(row)],
    mark: (tenant, rows) => db.$executeRaw`
      update "Proposal" p set "loggedAt" = now()
      from unnest(${rows.map(({ id }) => id)}::text[], ${rows.map((row) => row.decisions)}::int[]) as done (id, decisions)
      where p."id" = done.id and p."decisions" = done.decisions and p."tenantId" = ${tenant}`,
  };
}

type Decided = Omit<LoggedDecision, "pipeline"> & { pipelineId: string | null; proposedId: string | null };

async function takeDecisions(db: Db, limit: number): Promise<LoggedDecision[]> {
  const rows = await db.$queryRaw<Decided[]>`
    select "id", "tenantId", "pipelineId", "baseVersion", "message", "rationale", "outcome", "reason",
      "appliedVersion", "decidedAt", "decisions", "resultingIr" ->> 'id' as "proposedId",
      jsonb_array_length("patch") as "operations"
    from "Proposal" where "loggedAt" is null and "decidedAt" is not null and "outcome" in ('rejected', 'applied')
    order by "decidedAt" limit ${limit}`;
  const slugs = await slugsOf(db, rows);
  return rows.map(({ pipelineId, proposedId, ...row }) => ({
    ...row,
    pipeline: (pipelineId ? slugs.get(pipelineId) : proposedId) ?? "new-pipeline",
  }));
}

async function takeFailures(db: Db, limit: number): Promise<LoggedFailure[]> {
  const runs = await takeUnloggedFailures(db, limit);
  const slugs = await slugsOf(db, runs);
  return runs.map((run) => ({ ...run, pipeline: slugs.get(run.pipelineId) ?? run.pipelineId }));
}

/** What the pipelines of some rows are called, of all their tenants. */
async function slugsOf(db: Db, rows: readonly { tenantId: string; pipelineId: string | null }[]) {
  const slugs = new Map<string, string>();
  for (const tenant of new Set(rows.map(({ tenantId }) => tenantId))) {
    const own = rows.flatMap((row) => (row.tenantId === tenant && row.pipelineId ? [row.pipelineId] : []));
    for (const [id, { slug }] of await namePipelines({ db, tenant }, own)) slugs.set(id, slug);
  }
  return slugs;
}
