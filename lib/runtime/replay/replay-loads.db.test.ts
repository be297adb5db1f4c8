import { expect, test } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { publishVersion } from "#lib/runs/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { type Node, replayKit } from "#tests/replay-kit.ts";
import { readTable } from "../read-table.ts";
import { replayQuarantine } from "./replay-quarantine.ts";

withDatabase("what a replay does to a table", (use) => {
  const kit = replayKit(use);
  const { demo, table: newTable, put, source, check, target, ran, rows, edit, replay, column, states } = kit;
  const BAD = "id,email,amount\n1,a@b.co,5\n2,nobody,6\n3,c@d.co,7\n";

  /** Runs a pipeline with one bad row, and mends the row. */
  async function oneBad(ctx: Ctx, nodes: Node[], fields = { email: "b@c.co" }) {
    const made = await ran(ctx, nodes);
    const [bad] = await rows(ctx, made.runId);
    await edit(ctx, bad, made.runId, fields);
    return { ...made, bad };
  }

  for (const loadMode of ["append", "truncate", "blue_green"])
    test(`${loadMode}: the row is added to the table as it stands`, async () => {
      const ctx = await demo();
      const table = newTable();
      put("orders", BAD);
      const { runId } = await oneBad(ctx, [source(), check(), target("check", table, { loadMode })]);
      const { run } = await replay(ctx, runId);
      expect(run).toMatchObject({ status: "completed", rowsOut: 1, ledger: { balanced: true } });
      expect(await column(ctx, table)).toEqual(["1", "2", "3"]);
    });

  for (const loadMode of ["truncate", "blue_green"])
    test(`${loadMode}: it is too late once a later run has replaced the table`, async () => {
      const ctx = await demo();
      const table = newTable();
      put("orders", BAD);
      const { runId, pipelineId } = await oneBad(ctx, [
        source(),
        check(),
        target("check", table, { loadMode }),
      ]);
      put("orders", "id,email,amount\n9,z@b.co,5\n");
      await kit.run(ctx, pipelineId);
      await expect(replayQuarantine({ ctx, input: { runId } })).rejects.toMatchObject({
        code: "replay_too_late",
      });
      expect(await states(ctx, runId)).toEqual(["edited"]);
      expect(await column(ctx, table)).toEqual(["9"]);
    });

  test("a later run of a version that writes elsewhere replaces nothing", async () => {
    const ctx = await demo();
    const table = newTable();
    put("orders", BAD);
    const nodes = (schema: string) => [source(), check(), target("check", schema, { loadMode: "truncate" })];
    const { runId, pipelineId, run } = await oneBad(ctx, nodes(table));
    const ir = {
      ...{ kind: "pipeline", version: "1.0", id: run.pipelineSlug, metadata: { name: "p" } },
      nodes: nodes(newTable()),
    };
    await publishVersion({
      ctx,
      input: { pipelineId, ir, origin: "edited", baseVersion: 1 },
    });
    await kit.run(ctx, pipelineId);
    expect((await replay(ctx, runId)).run).toMatchObject({ status: "completed", pipelineVersion: 1 });
    expect(await column(ctx, table)).toEqual(["1", "2", "3"]);
  });

  test("upsert: the row takes the place of the one with its key", async () => {
    const ctx = await demo();
    const table = newTable();
    put("orders", "id,email,amount\n1,a@b.co,5\n1,nobody,6\n");
    const { runId } = await oneBad(ctx, [
      source(),
      check(),
      target("check", table, { loadMode: "upsert", upsertKey: ["id"] }),
    ]);
    const { run } = await replay(ctx, runId);
    expect(run.ledger?.nodes.out).toMatchObject({ in: 1, updated: 1, inserted: 0 });
    expect((await readTable({ ctx, input: { table } })).rows).toEqual([
      { id: "1", email: "b@c.co", amount: 6 },
    ]);
  });

  test("incremental_watermark: a row below the mark is added, and the mark stays", async () => {
    const ctx = await demo();
    const table = newTable();
    put("orders", "id,email,amount\n1,nobody,5\n2,b@c.co,6\n9,nobody,7\n");
    const mode = { loadMode: "incremental_watermark", watermarkColumn: "id" };
    const { runId, pipelineId } = await oneBad(ctx, [source(), check(), target("check", table, mode)]);
    for (const row of await rows(ctx, runId)) await edit(ctx, row, runId, { email: "x@y.co" });
    await replay(ctx, runId);
    expect(await column(ctx, table)).toEqual(["1", "2", "9"]);
    put("orders", "id,email,amount\n2,b@c.co,6\n3,c@d.co,7\n");
    const { run } = await kit.run(ctx, pipelineId);
    expect(run.ledger?.nodes.out).toMatchObject({ inserted: 1, late: 1 });
    expect(await column(ctx, table)).toEqual(["1", "2", "3", "9"]);
  });

  test("lookups, enrichments, references and a join's other side are read as usual", async () => {
    const ctx = await demo();
    const table = newTable();
    put("orders", BAD);
    put("names", "id,name\n1,one\n2,two\n3,three\n");
    put("kinds", "id,kind\n2,a\n2,b\n3,c\n1,d\n");
    const { runId } = await oneBad(ctx, [
      source(),
      source("names", "id bigint, name string"),
      source("kinds", "id bigint, kind string"),
      check("orders", {
        datasetLevel: { fkIntegrity: { field: "id", references: { node: "names", field: "id" } } },
      }),
      {
        id: "look",
        kind: "transform",
        input: "check",
        ops: [
          {
            op: "lookup_join",
            with: "names",
            on: [{ left: "id", right: "id" }],
            select: ["name"],
            how: "left",
          },
        ],
      },
      {
        id: "rich",
        kind: "enrich",
        input: "look",
        with: "names",
        on: [{ left: "id", right: "id" }],
        select: [{ field: "name", as: "again" }],
      },
      {
        id: "both",
        kind: "join",
        left: "rich",
        right: "kinds",
        on: [{ left: "id", right: "id" }],
        how: "inner",
      },
      {
        id: "known",
        kind: "validate",
        input: "both",
        rowLevel: [{ id: "kind", field: "kind", rule: "in:a,c,d" }],
      },
      target("known", table),
    ]);
    expect(await column(ctx, table, "kind")).toEqual(["c", "d"]);
    const { run } = await replay(ctx, runId);
    expect(run).toMatchObject({ rowsRead: 1, rowsOut: 1, rowsRejected: 1, ledger: { balanced: true } });
    expect((await readTable({ ctx, input: { table } })).rows).toContainEqual(
      expect.objectContaining({ id: "2", name: "two", again: "two", kind: "a" }),
    );
    // Of the two rows that the join made of it, one was loaded; the other one is what waits now.
    const [waits] = await rows(ctx, runId);
    expect(waits).toMatchObject({ state: "rejected_again", nodeId: "known", row: { id: "2", kind: "b" } });
    await edit(ctx, waits, runId, { kind: "c" });
    await replay(ctx, runId);
    expect(await column(ctx, table, "kind")).toEqual(["a", "c", "c", "d"]);
  });

  test("rows of a fork go to every target that they have not come to", async () => {
    const ctx = await demo();
    const [first, second] = [newTable(), newTable()];
    put("orders", "id,email,amount\n1,a@b.co,5\n2,nobody,60\n");
    const { runId } = await oneBad(ctx, [
      source(),
      check(),
      target("check", first),
      {
        id: "small",
        kind: "validate",
        input: "check",
        rowLevel: [{ id: "lt", field: "amount", rule: "lt:9" }],
      },
      { ...target("small", second), id: "also" },
    ]);
    await replay(ctx, runId);
    expect([await column(ctx, first), await column(ctx, second)]).toEqual([["1", "2"], ["1"]]);
    const [waits] = await rows(ctx, runId);
    expect(waits).toMatchObject({ state: "rejected_again", nodeId: "small" });
    await edit(ctx, waits, runId, { amount: 1 });
    await replay(ctx, runId);
    expect([await column(ctx, first), await column(ctx, second)]).toEqual([
      ["1", "2"],
      ["1", "2"],
    ]);
  });

  test("a branch sends mended rows where they belong", async () => {
    const ctx = await demo();
    const [big, small] = [newTable(), newTable()];
    put("orders", BAD);
    const { runId } = await oneBad(ctx, [
      source(),
      check(),
      {
        id: "by",
        kind: "branch",
        input: "check",
        cases: [{ id: "big", when: "amount > 6" }],
        default: "small",
      },
      target("by:big", big),
      { ...target("by:small", small), id: "also" },
    ]);
    const { run } = await replay(ctx, runId);
    expect(run.ledger).toMatchObject({ balanced: true, read: 1, loaded: 1 });
    expect([await column(ctx, big), await column(ctx, small)]).toEqual([["3"], ["1", "2"]]);
  });
});
