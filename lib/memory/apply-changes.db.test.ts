import fc from "fast-check";
import { expect, test } from "vitest";
import { Prisma } from "#lib/db.ts";
import { uniqueId, withDatabase } from "#tests/factories.ts";
import { changesOf, memoryRow, noChanges } from "#tests/memory-rows.ts";
import type { Changes } from "./changes.ts";
import { applyChangesSql, DERIVED_TABLES } from "./index.ts";

/** What one event does, with ids from a small set, so that writes meet. */
const Step = fc.record({
  kind: fc.constantFrom("memory", "edge", "state", "artifact", "written", "mentioned"),
  id: fc.constantFrom("a", "b"),
  text: fc.constantFrom("red kite", "blue kites", "an invoice, unpaid", ""),
});
type Step = { kind: string; id: string; text: string };

withDatabase("applyChangesSql", ({ testCtx, database }) => {
  async function apply(changes: Changes): Promise<void> {
    const { ctes } = applyChangesSql(changes);
    await database().db.$executeRaw`with ${ctes} select 1`;
  }

  /** Every derived row of a tenant as text, with the tenant's name taken out. */
  async function contents(tenant: string): Promise<string[]> {
    const tables = DERIVED_TABLES.map(({ name }) => name);
    const rows = await Promise.all(
      tables.map(
        (name) => database().db.$queryRaw<{ row: string }[]>`
          select replace(t::text, ${tenant}, '') as row from ${Prisma.raw(`"${name}"`)} t
          where "tenantId" = ${tenant} order by 1`,
      ),
    );
    return rows.flatMap((each, at) => each.map(({ row }) => `${tables[at]} ${row}`));
  }

  const toChanges = (tenant: string, base: number, steps: readonly Step[]): Changes[] =>
    steps.map((step, at) => changesOf(tenant, base + at, step));

  test("one flush of many events leaves what the events leave one by one, in any order", async () => {
    let base = Date.now() * 100;
    await fc.assert(
      fc.asyncProperty(fc.array(Step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const tenants = [uniqueId("t"), uniqueId("t"), uniqueId("t")] as const;
        const seen: string[][] = [];
        for (const [at, tenant] of tenants.entries()) {
          // The same LSNs each time: a projection's key is its LSN alone, so each run leaves before the next.
          const each = toChanges(tenant, base, steps);
          const parts = at === 0 ? [join(each)] : at === 1 ? each : [...each, ...each].reverse();
          for (const part of parts) await apply(part);
          seen.push(await contents(tenant));
          await database().db.$executeRaw`delete from "Projection" where "tenantId" = ${tenant}`;
        }
        base += steps.length;
        expect(seen[0]).toEqual(seen[1]);
        expect(seen[0]).toEqual(seen[2]);
      }),
      { numRuns: 15 },
    );
  });

  test("a memory that is written again is found by its new words alone", async () => {
    const { tenant } = await testCtx();
    const lsn = Date.now() * 100 + 50;
    await apply({ ...noChanges(), memories: [memoryRow(tenant, lsn, "m", "the kite flew")] });
    await apply({ ...noChanges(), memories: [memoryRow(tenant, lsn + 1, "other", "kites and invoices")] });
    await apply({ ...noChanges(), memories: [memoryRow(tenant, lsn + 2, "m", "the invoice came")] });
    const terms = await database().db.$queryRaw<{ term: string }[]>`
      select "term" from "Term" where "tenantId" = ${tenant} order by 1`;
    expect(terms.map(({ term }) => term)).toEqual(["came", "invoic", "kite"]);
    const rows = await database().db.$queryRaw<{ lsn: bigint }[]>`
      select "lsn" from "Projection" where "tenantId" = ${tenant} order by 1`;
    expect(rows.map((row) => Number(row.lsn))).toEqual([lsn + 1, lsn + 2]);
  });
});

function join(each: readonly Changes[]): Changes {
  const all = noChanges();
  for (const one of each)
    for (const name of Object.keys(all) as (keyof Changes)[]) all[name].push(...(one[name] as never[]));
  return all;
}
