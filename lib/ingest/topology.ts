import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { openDatabase } from "#lib/db.ts";
import { env } from "#lib/env.ts";
import { limits } from "#lib/limits.ts";
import { headOf } from "./read-log.ts";
import { REPLAYED } from "./replay-shadow.ts";
import type { Topology } from "./schema.ts";

/** The limits that whoever sends events or reads them runs into. */
const TOLD = [
  "eventBytes",
  "eventDepth",
  "batchBytes",
  "batchEvents",
  "chunkEvents",
  "queuedEvents",
  "queuedBytes",
  "tailPage",
  "tailBytes",
  "tailStreamMs",
  "queryCandidates",
] as const satisfies readonly (keyof typeof limits)[];

/** What this deployment is made of. @throws AppError `permission_denied` */
export async function topology({ ctx }: { ctx: Ctx }): Promise<Topology> {
  requirePermission(ctx, "audit.read");
  const { lite } = await openDatabase();
  const [row] = await ctx.db.$queryRaw<{ version: string }[]>`
    select current_setting('server_version') as version`;
  const fast = env().PENSTOCK_FAST_DOOR === "1";
  return {
    engine: lite ? "embedded" : "postgresql",
    engine_version: row?.version ?? "",
    node: {
      version: process.version,
      started_at: new Date(Date.now() - process.uptime() * 1000).toISOString(),
    },
    doors: [
      {
        path: "/v1/ingest/events",
        served_by: fast ? "the server itself (fast door)" : "the application's route",
      },
      { path: "/v1/events", served_by: "the application's route" },
      { path: "/v1/query", served_by: "the application's route" },
    ],
    head_lsn: await headOf(ctx),
    derived_tables: REPLAYED.map(({ name }) => name),
    limits: Object.fromEntries(TOLD.map((name) => [name, limits[name]])),
  };
}
