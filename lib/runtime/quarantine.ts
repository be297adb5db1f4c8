import { randomBytes } from "node:crypto";
import type { Ctx } from "#lib/context.ts";
import type { Db } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import type { RejectedRow } from "./engines/engine.ts";
import { sealRejected } from "./quarantine-content.ts";
import { TAKEN } from "./quarantine-state.ts";

const BATCH = 500;
const DAY_MS = 24 * 3600 * 1000;

/** Takes a run's rejected rows. `skipped`: how many were beyond the limit, and are only counted. */
export type QuarantineSink = {
  /** Forgets what an earlier attempt of the run left. */
  begin: () => Promise<void>;
  add: (rows: RejectedRow[]) => Promise<void>;
  readonly skipped: number;
};

/** A sink for one run: every row sealed for its tenant and id, expiring, at most `limits.quarantineRowsPerRun`. */
export function quarantineSink(
  ctx: Pick<Ctx, "tenant" | "db">,
  run: { id: string; pipelineId: string },
  maskedFields: readonly string[],
): QuarantineSink {
  const { tenant, db } = ctx;
  let kept = 0;
  let skipped = 0;
  return {
    begin: async () => {
      kept = 0;
      skipped = 0;
      await db.quarantineRow.deleteMany({ where: { tenantId: tenant, runId: run.id } });
    },
    add: async (rows) => {
      const room = Math.max(0, limits.quarantineRowsPerRun - kept);
      const taken = rows.slice(0, room);
      skipped += rows.length - taken.length;
      kept += taken.length;
      const expiresAt = new Date(Date.now() + limits.quarantineDays * DAY_MS);
      for (let at = 0; at < taken.length; at += BATCH) {
        const data = taken.slice(at, at + BATCH).map((rejected) => {
          const id = sortableId();
          return {
            id,
            tenantId: tenant,
            runId: run.id,
            pipelineId: run.pipelineId,
            nodeId: rejected.nodeId,
            rule: rejected.rule,
            reason: rejected.reason,
            rowNumber: BigInt(rejected.rowNumber),
            row: sealRejected(rejected, maskedFields, { tenant, id }),
            expiresAt,
          };
        });
        await db.quarantineRow.createMany({ data });
      }
    },
    get skipped() {
      return skipped;
    },
  };
}

/** Deletes the rows whose time is over, of all tenants; a run that has taken some on keeps them. @returns how many. */
export async function expireQuarantine(db: Db, now = new Date()): Promise<number> {
  const over = { expiresAt: { lt: now } };
  const long = { expiresAt: { lt: new Date(now.getTime() - DAY_MS) } };
  const { count } = await db.quarantineRow.deleteMany({ where: { ...over, OR: [{ NOT: TAKEN }, long] } });
  return count;
}

let lastTick = 0n;

/** A UUID of version 7 (RFC 9562) that is larger than every one made before it in this process. */
export function sortableId(): string {
  const tick = BigInt(Date.now()) << 12n;
  lastTick = tick > lastTick ? tick : lastTick + 1n;
  const time = (lastTick >> 12n).toString(16).padStart(12, "0");
  const counter = (lastTick & 0xfffn).toString(16).padStart(3, "0");
  const random = randomBytes(8);
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
  const tail = random.toString("hex");
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter}-${tail.slice(0, 4)}-${tail.slice(4)}`;
}
