import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { openLocalStore } from "#lib/connectors/index.ts";
import { compile, parsePipelineIR } from "#lib/ir/index.ts";
import { type Place, readsTables, systems } from "#tests/matrix/places.ts";
import type { Table } from "#tests/matrix/table.ts";
import { type IrNode, openPlanLab, type PlanLab } from "#tests/plan-kit.ts";
import { dryRun } from "./dry-run.ts";
import { reachSource } from "./index.ts";

const url = inject("postgresUrl");
const KINDS = ["duckdb", "postgres"] as const;
const PEOPLE: Table = {
  columns: [
    { name: "id", type: "integer" },
    { name: "person", type: "integer" },
    { name: "name", type: "string" },
    { name: "since", type: "date" },
  ],
  rows: [
    [11, 1, "Ann", "2024-02-29"],
    [12, 2, 'B"o, Jr.', null],
    [19, 9, "nobody's", "2020-01-01"],
  ],
};
const ORDERS = "order,who\n10,1\n11,2\n12,3\n13,\n14,1\n";

for (const { connector, found, start } of systems(url).filter((one) => readsTables(one.connector)))
  describe.skipIf(!found || !url)(
    `enriched with a table of ${connector}${found ? "" : " (skipped: not installed)"}`,
    () => {
      let place: Place;
      const labs = new Map<string, PlanLab>();
      beforeAll(async () => {
        for (const kind of KINDS) labs.set(kind, openPlanLab(kind === "postgres" ? url : undefined));
        place = await start();
      });
      afterAll(async () => {
        await place?.stop();
        for (const lab of labs.values()) await lab.close();
      });

      /** Orders with who made them, as the table of people has it. */
      async function nodes(lab: PlanLab, table: Table, more: IrNode = {}): Promise<IrNode[]> {
        const { sourceRef } = lab.saved(connector, place.config ?? {});
        const { stream } = await place.put(table);
        return [
          lab.csv(ORDERS, ["order integer", "who integer"]),
          {
            ...{ id: "named", kind: "enrich", input: "src", with: { sourceRef, stream } },
            ...{ on: [{ left: "who", right: "person" }], select: ["name", { field: "since", as: "from" }] },
            ...more,
          },
        ];
      }

      it.each(KINDS)("keeps every row once, of a type each, into %s", async (kind) => {
        const lab = labs.get(kind) as PlanLab;
        const into = lab.table();
        const ran = await lab.run([...(await nodes(lab, PEOPLE)), lab.target("named", into)]);
        expect(ran.error).toBeUndefined();
        expect(ran).toMatchObject({
          status: "completed",
          warnings: [],
          ledger: {
            balanced: true,
            nodes: { "named.with": { in: 3, out: 3 }, named: { in: 5, out: 5 }, out: { in: 5, inserted: 5 } },
            columns: {
              "named.with": [{ name: "person" }, { name: "name" }, { name: "since", type: "date" }],
            },
          },
        });
        const rows = await lab.query(
          `select "order", name, cast("from" as varchar) as since from ${into} order by 1`,
        );
        expect(rows.map(Object.values)).toEqual([
          [10, "Ann", "2024-02-29"],
          [11, 'B"o, Jr.', null],
          [12, null, null],
          [13, null, null],
          [14, "Ann", "2024-02-29"],
        ]);
      });

      it("takes the first of several rows with one key, and says so", async () => {
        const lab = labs.get("duckdb") as PlanLab;
        const into = lab.table();
        const twice = { ...PEOPLE, rows: [...PEOPLE.rows, [13, 1, "Ann too", null]] } as Table;
        const ran = await lab.run([...(await nodes(lab, twice)), lab.target("named", into)]);
        expect(ran).toMatchObject({
          status: "completed",
          warnings: [{ code: "lookup_ambiguous", nodeId: "named" }],
          ledger: { balanced: true, loaded: 5 },
        });
        expect(await lab.query(`select count(*) as n from ${into} where name like 'Ann%'`)).toEqual([
          { n: "2" },
        ]);
      });

      it("a column that the table does not have fails the run, with those that it has", async () => {
        const lab = labs.get("postgres") as PlanLab;
        const into = lab.table();
        const ran = await lab.run([
          ...(await nodes(lab, PEOPLE, { select: ["nick"] })),
          lab.target("named", into),
        ]);
        expect(ran).toMatchObject({
          status: "failed",
          error: {
            code: "unknown_column",
            nodeId: "named.with",
            drift: { nodeId: "named.with", missing: [{ name: "nick" }] },
          },
        });
        expect(ran.error?.drift?.found.map(({ name }) => name)).toEqual(["id", "person", "name", "since"]);
        await expect(lab.rows(into)).rejects.toThrow();
      });

      it("is tried out in a dry run", async () => {
        const lab = labs.get("duckdb") as PlanLab;
        const [orders, named] = await nodes(lab, PEOPLE);
        const sourceRef = (named as { with: { sourceRef: string } }).with.sourceRef;
        const catalogue = { sources: [{ ref: sourceRef, connector }], destinations: [] };
        const document = {
          ...{ kind: "pipeline", version: "1.0", id: "p", metadata: { name: "P" } },
          nodes: [orders, named, lab.target("named", lab.table())],
        };
        const parsed = parsePipelineIR(document, { strength: "executable", catalogue });
        if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
        const side = await dryRun({
          plan: compile(parsed.ir, catalogue),
          tenant: "t_demo",
          resolveSource: async (step) =>
            step.sourceRef === undefined
              ? { kind: "store", store: openLocalStore({ tenant: "t_demo" }) }
              : reachSource({ tenant: "t_demo", config: place.config ?? {} }, step),
          resolveDestination: lab.destination,
          rows: 100,
          signal: new AbortController().signal,
          hold: () => undefined,
        });
        expect(side.error).toBeNull();
        const node = side.nodes.find(({ nodeId }) => nodeId === "named");
        expect(node?.columns.map(({ name }) => name)).toEqual(["order", "who", "name", "from"]);
        expect(node?.sample[0]).toMatchObject({ order: 10, name: "Ann" });
      });
    },
  );
