import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import {
  type Counts,
  compareStretch,
  isIntact,
  type KeyBound,
  nextStretch,
  repairStretch,
  type Scope,
  verdictOf,
} from "./compare-tables.ts";
import type { LogPage } from "./read-log.ts";
import {
  createShadow,
  dropShadow,
  holdShadow,
  type InTransaction,
  lockLog,
  REPLAYED,
  replayStep,
  type Shadow,
} from "./replay-shadow.ts";
import { ReplayInput, type ReplayResult, type TableVerdict } from "./schema.ts";

const CONFIRMED = "apply_replay";

type Run = {
  ctx: Ctx;
  inTransaction: InTransaction;
  shadow: Shadow;
  scope: Scope;
  events: number;
  apply: boolean;
};

/**
 * Replays the tenant's log beside what is derived from it, compares every row of every derived table, and mends what
 * differs if it is told to. The log is always read whole, as a row may be what several events made of it; `from_lsn` and
 * `limit` say which events' rows are compared and mended. Ingest goes on meanwhile: what seems to differ is looked at
 * again, and mended, under the lock of the log's head.
 * @throws AppError `permission_denied`, `bad_request` if it is to be applied and not confirmed, `conflict` if an erasure
 * or another replay of the tenant came in between
 */
export async function replay({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof ReplayInput>;
}): Promise<ReplayResult> {
  requirePermission(ctx, "memory.erase");
  const given = ReplayInput.parse(input);
  const apply = requireConfirmed(given);
  const inTransaction: InTransaction = (work) => ctx.db.$transaction(work);
  const upTo = await endOf(ctx, given);
  const shadow = await createShadow(inTransaction, ctx.tenant);
  try {
    const scope = { after: given.from_lsn, upTo, replayed: 0 };
    const run: Run = { ctx, inTransaction, shadow, scope, events: 0, apply };
    await catchUp(run);
    const tables: TableVerdict[] = [];
    for (const table of REPLAYED) tables.push(await checkTable(run, table));
    const result = {
      applied: apply,
      intact: tables.every(({ missing, extra, different }) => missing + extra + different === 0),
      events: run.events,
      from_lsn: scope.after,
      to_lsn: Math.min(upTo, scope.replayed),
      tables,
    };
    await inTransaction(async (tx) => {
      await dropShadow(tx, shadow);
      if (apply) await emitAudit(tx, ctx, auditOf(ctx, result));
    });
    return result;
  } catch (error) {
    // Statements on a shadow that somebody removed fail first; the reason shows here.
    const reason = await inTransaction((tx) => dropShadow(tx, shadow)).catch((failure) => failure);
    throw isAppError(reason) ? reason : error;
  }
}

function requireConfirmed({ dry_run, apply, confirm }: ReplayInput): boolean {
  if (dry_run && !apply) return false;
  if (!dry_run && apply && confirm === CONFIRMED) return true;
  const message = `To change anything send "dry_run": false, "apply": true and "confirm": "${CONFIRMED}"`;
  throw new AppError("bad_request", message, {
    issues: [{ code: "not_confirmed", path: "/confirm", message }],
  });
}

/** The LSN of the last event looked at: the `limit`-th after `from_lsn`, or no end. */
async function endOf(ctx: Ctx, { from_lsn, limit }: ReplayInput): Promise<number> {
  if (limit === undefined) return Number.MAX_SAFE_INTEGER;
  const [row] = await ctx.db.$queryRaw<{ lsn: bigint }[]>`
    select "lsn" from "Event" where "tenantId" = ${ctx.tenant} and "lsn" > ${from_lsn}
    order by "lsn" offset ${limit - 1} limit 1`;
  return row ? Number(row.lsn) : Number.MAX_SAFE_INTEGER;
}

/** Fills the shadow up to the head of the log, step by step. */
async function catchUp(run: Run): Promise<void> {
  for (;;) {
    run.ctx.signal?.throwIfAborted();
    const caughtUp = await run.inTransaction(async (tx) => {
      await holdShadow(tx, run.shadow);
      return step(run, await replayStep(tx, run.shadow, run.scope.replayed));
    });
    if (caughtUp) return;
  }
}

/** Notes what a step did. @returns true at the head of the log */
function step(run: Run, { events, scanned, head }: LogPage): boolean {
  const { scope } = run;
  run.events += events.filter(({ lsn }) => lsn > scope.after && lsn <= scope.upTo).length;
  scope.replayed = scanned;
  return scanned >= head;
}

async function checkTable(run: Run, table: (typeof REPLAYED)[number]): Promise<TableVerdict> {
  const { inTransaction, shadow, scope } = run;
  const all: Counts[] = [];
  let repaired = 0;
  let from: KeyBound | undefined;
  do {
    run.ctx.signal?.throwIfAborted();
    const start = from ? { from } : {};
    const { stretch, to, seen } = await inTransaction(async (tx) => {
      await holdShadow(tx, shadow);
      const to = await nextStretch(tx, shadow, table, from);
      const stretch = to ? { ...start, to } : start;
      return { stretch, to, seen: await compareStretch(tx, shadow, table, stretch, scope) };
    });
    let counts = seen;
    if (!isIntact(seen)) {
      await catchUp(run);
      counts = await inTransaction(async (tx) => {
        await lockLog(tx);
        await holdShadow(tx, shadow);
        while (!step(run, await replayStep(tx, shadow, scope.replayed)));
        const found = await compareStretch(tx, shadow, table, stretch, scope);
        if (run.apply && !isIntact(found)) await repairStretch(tx, shadow, table, stretch, scope);
        return found;
      });
      if (run.apply) repaired += Number(counts.missing + counts.extra + counts.different);
    }
    all.push(counts);
    from = to;
  } while (from);
  return verdictOf(table, all, repaired);
}

function auditOf(ctx: Ctx, { tables, events, from_lsn, to_lsn }: ReplayResult) {
  const repaired = Object.fromEntries(tables.map(({ table, repaired }) => [table, repaired]));
  return {
    action: "memory.replayed",
    entityType: "memory",
    entityId: ctx.tenant,
    after: { events, from_lsn, to_lsn, repaired },
  } as const;
}
