import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { Prisma } from "#lib/db.ts";
import { REPLAYED } from "./replay-shadow.ts";
import type { Storage } from "./schema.ts";

/** Rows whose size stands for all of a table. */
const SAMPLE = 1_000;

/** What the tenant's rows take, table by table, without their indexes. @throws AppError `permission_denied` */
export async function storage({ ctx }: { ctx: Ctx }): Promise<Storage> {
  requirePermission(ctx, "audit.read");
  const tables: Storage["tables"] = [];
  for (const name of ["Event", ...REPLAYED.map((table) => table.name)]) {
    const from = Prisma.raw(`"${name}"`);
    const [row] = await ctx.db.$queryRaw<{ rows: bigint; average: number | null }[]>`
      select (select count(*) from ${from} where "tenantId" = ${ctx.tenant}) as rows,
        (select avg(pg_column_size(t.*))::float8 from (
          select * from ${from} where "tenantId" = ${ctx.tenant} limit ${SAMPLE}) t) as average`;
    const rows = Number(row?.rows ?? 0);
    tables.push({ table: name, rows, bytes: Math.round(rows * (row?.average ?? 0)) });
  }
  const sum = (of: "rows" | "bytes") => tables.reduce((total, table) => total + table[of], 0);
  return { tables, rows: sum("rows"), bytes: sum("bytes") };
}
