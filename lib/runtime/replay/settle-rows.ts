import type { Tx } from "#lib/db.ts";
import type { RejectedRow } from "../engines/engine.ts";
import { sortableId } from "../quarantine.ts";
import { sealRejected } from "../quarantine-content.ts";
import type { Resolution } from "../quarantine-state.ts";

const BATCH = 1_000;

/** What became of the rows of a replay, by their numbers: row number n is of the quarantine row `ids[n - 1]`. */
export type Settled = {
  ids: readonly string[];
  /** Rows that came to a target. */
  arrived: Set<number>;
  rejected: Map<number, RejectedRow[]>;
};

type By = { tenant: string; of: string; runId: string; masked: readonly string[] };

/**
 * Writes what became of the rows that a replay took on. Loaded rows keep their record and lose their values; rejected
 * ones wait again as they stood where they were rejected now.
 */
export async function settleRows(tx: Tx, by: By, { ids, arrived, rejected }: Settled): Promise<void> {
  const ended: Record<"loaded" | "left_out", string[]> = { loaded: [], left_out: [] };
  const again: { id: string; row: RejectedRow }[] = [];
  const more: { after: string; row: RejectedRow }[] = [];
  for (const [at, id] of ids.entries()) {
    const [first, ...others] = rejected.get(at + 1) ?? [];
    if (first) again.push({ id, row: first });
    else ended[arrived.has(at + 1) ? "loaded" : "left_out"].push(id);
    // A join, or two targets, made several rows of one.
    more.push(...others.map((row) => ({ after: id, row })));
  }
  for (const batch of batches(ended.loaded)) await resolve(tx, by, batch, "loaded", true);
  for (const batch of batches(ended.left_out)) await resolve(tx, by, batch, "left_out", false);
  for (const batch of batches(again)) await waitAgain(tx, by, batch);
  for (const batch of batches(more)) await addRows(tx, by, batch);
}

function* batches<T>(all: readonly T[]): Generator<T[]> {
  for (let at = 0; at < all.length; at += BATCH) yield all.slice(at, at + BATCH);
}

async function resolve(
  tx: Tx,
  { tenant, runId }: By,
  ids: string[],
  resolution: Resolution,
  erase: boolean,
): Promise<void> {
  await tx.quarantineRow.updateMany({
    where: { tenantId: tenant, replayRunId: runId, id: { in: ids } },
    data: {
      resolution,
      resolvedAt: new Date(),
      resolvedBy: "system",
      ...(erase && { row: new Uint8Array(), edited: null }),
    },
  });
}

async function waitAgain(
  tx: Tx,
  { tenant, runId, masked }: By,
  rows: readonly { id: string; row: RejectedRow }[],
): Promise<void> {
  const data = rows.map(({ id, row }) => ({
    id,
    nodeId: row.nodeId,
    rule: row.rule,
    reason: row.reason,
    row: Buffer.from(sealRejected(row, masked, { tenant, id })).toString("base64"),
  }));
  await tx.$executeRaw`
    update "QuarantineRow" q set "nodeId" = n."nodeId", "rule" = n."rule", "reason" = n."reason",
      "row" = decode(n."row", 'base64'), "edited" = null, "editedBy" = null, "editedAt" = null,
      "replayRunId" = null, "resolution" = 'rejected'
    from jsonb_to_recordset(${JSON.stringify(data)}::jsonb)
      as n("id" text, "nodeId" text, "rule" text, "reason" text, "row" text)
    where q."id" = n."id" and q."tenantId" = ${tenant} and q."replayRunId" = ${runId}`;
}

async function addRows(
  tx: Tx,
  { tenant, of, masked }: By,
  rows: readonly { after: string; row: RejectedRow }[],
): Promise<void> {
  const found = await tx.quarantineRow.findMany({
    where: { tenantId: tenant, runId: of, id: { in: rows.map(({ after }) => after) } },
    select: { id: true, pipelineId: true, rowNumber: true, expiresAt: true },
  });
  const origins = new Map(found.map(({ id, ...origin }) => [id, origin]));
  const data = rows.flatMap(({ after, row }) => {
    const origin = origins.get(after);
    if (!origin) return [];
    const id = sortableId();
    const { nodeId, rule, reason } = row;
    const sealed = sealRejected(row, masked, { tenant, id });
    return [
      {
        ...origin,
        id,
        tenantId: tenant,
        runId: of,
        nodeId,
        rule,
        reason,
        row: sealed,
        resolution: "rejected",
      },
    ];
  });
  await tx.quarantineRow.createMany({ data });
}
