import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import type { Tx } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { presentRows } from "../list-quarantine.ts";
import { openEdited, openKept, type RowValues, sealEdited } from "../quarantine-content.ts";
import { stateOf } from "../quarantine-state.ts";
import type { EditQuarantineInput, QuarantinedRow } from "../schema.ts";
import { checkValues } from "./check-values.ts";
import { releaseFailed, takenBy } from "./release-failed.ts";

type Input = { runId: string; rowId: string } & EditQuarantineInput;

/**
 * Changes fields of a rejected row. Values must fit the columns at the node that rejected it; its rules are asked by
 * the replay. What a field was takes its change back. The audit row names the fields, never their values.
 * @throws AppError `quarantine_row_not_found`; `bad_request` with an issue per field; `conflict` while it is replayed
 */
export async function editQuarantineRow({ ctx, input }: { ctx: Ctx; input: Input }): Promise<QuarantinedRow> {
  requirePermission(ctx, "quarantine.edit");
  const { tenant } = ctx;
  const { rowId: id, runId } = input;
  const keeping = await releaseFailed({ ctx, input });
  const before = await find(ctx.db, tenant, input);
  const kept = openKept(before, tenant);
  if (!kept?.columns) throw new AppError("conflict", refusalOf(stateOf(before)));
  const { values, issues } = await checkValues(input.row, kept.columns);
  if (issues.length > 0) throw new AppError("bad_request", issues[0]?.message, { issues });
  const edited = await ctx.db.$transaction(async (tx) => {
    await tx.$queryRaw`select 1 from "QuarantineRow" where "id" = ${id} and "tenantId" = ${tenant} for update`;
    const row = await find(tx, tenant, input);
    const state = stateOf(row);
    if (state === "replaying") throw takenBy(row.replayRunId ?? "", keeping.includes(row.replayRunId ?? ""));
    if (state === "loaded" || state === "left_out" || state === "discarded")
      throw new AppError("conflict", refusalOf(state));
    const fields = changesOf(kept.row, { ...openEdited(row, tenant), ...values });
    const names = Object.keys(fields);
    const data = {
      edited: names.length > 0 ? sealEdited(fields, { tenant, id }) : null,
      editedBy: names.length > 0 ? (ctx.actor.name ?? ctx.actor.id) : null,
      editedAt: names.length > 0 ? new Date() : null,
    };
    const changed = await tx.quarantineRow.update({ where: { id }, data });
    await emitAudit(tx, ctx, {
      action: "quarantine.edited",
      entityType: "quarantine",
      entityId: id,
      after: { runId, nodeId: row.nodeId, fields: names },
    });
    return changed;
  });
  const [shown] = await presentRows(ctx, [edited]);
  return shown as QuarantinedRow;
}

async function find(db: Tx, tenant: string, { rowId: id, runId }: Pick<Input, "rowId" | "runId">) {
  const row = await db.quarantineRow.findFirst({
    where: { id, runId, tenantId: tenant, expiresAt: { gt: new Date() } },
  });
  if (!row)
    throw new AppError("quarantine_row_not_found", `There is no row ${id} in the quarantine of this run`);
  return row;
}

const refusalOf = (state: string) =>
  ({
    loaded: "The row was loaded already",
    left_out: "The row was replayed already: the pipeline leaves it out",
    discarded: "The row was discarded: take that back first",
  })[state] ?? "The row was kept in a form that cannot be edited";

/** What differs from the row as it was. */
function changesOf(row: RowValues, values: RowValues): RowValues {
  return Object.fromEntries(
    Object.entries(values).filter(
      ([name, value]) => JSON.stringify(value) !== JSON.stringify(row[name] ?? null),
    ),
  );
}
