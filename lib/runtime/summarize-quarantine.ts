import type { Ctx } from "#lib/context.ts";
import { QUARANTINE_STATES, type QuarantineState, type QuarantineSummary } from "./schema.ts";

type Counted = { state: QuarantineState; nodeId: string; rule: string; rows: number };

/** How many rows of a run are in each state, and at which nodes and rules they were rejected. */
export async function summarizeQuarantine(
  { tenant, db }: Pick<Ctx, "tenant" | "db">,
  runId: string,
): Promise<QuarantineSummary> {
  const counted = await db.$queryRaw<Counted[]>`
    select case
        when "resolution" in ('loaded', 'left_out', 'discarded') then "resolution"
        when "replayRunId" is not null then 'replaying'
        when "edited" is not null then 'edited'
        when "resolution" = 'rejected' then 'rejected_again'
        else 'waiting' end as "state",
      "nodeId", "rule", count(*)::int as "rows"
    from "QuarantineRow"
    where "tenantId" = ${tenant} and "runId" = ${runId} and "expiresAt" > now()
    group by 1, 2, 3 order by 2, 3`;
  const states = Object.fromEntries(
    QUARANTINE_STATES.map((state) => [state, 0]),
  ) as QuarantineSummary["states"];
  const rules = new Map<string, QuarantineSummary["rules"][number]>();
  for (const { state, nodeId, rule, rows } of counted) {
    states[state] += rows;
    const key = JSON.stringify([nodeId, rule]);
    rules.set(key, { nodeId, rule, rows: (rules.get(key)?.rows ?? 0) + rows });
  }
  return { states, rules: [...rules.values()] };
}
