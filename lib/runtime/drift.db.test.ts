import { randomUUID } from "node:crypto";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { RunError } from "#lib/runs/schema.ts";
import { uniqueId } from "#tests/factories.ts";
import { type IrNode, openPlanLab, type PlanLab, type Ran } from "#tests/plan-kit.ts";

const url = inject("postgresUrl") ?? "";
const KINDS = ["duckdb", "postgres"] as const;
/** A row as the engine takes it, and one that has to be stored on the way. */
const WAYS = ["direct", "stored"] as const;

/** Names of the columns that an error or a warning tells of, and where. */
function told({ drift }: Pick<RunError, "drift">) {
  const names = (columns: { name: string }[] = []) => columns.map(({ name }) => name).join();
  return [drift?.nodeId, `-${names(drift?.missing)}`, `+${names(drift?.added)}`, `~${names(drift?.changed)}`];
}

/** What a run said: its code, where it failed, and its columns. */
const failure = ({ status, error }: Ran) => error && [status, error.code, error.nodeId, ...told(error)];
const said = ({ warnings }: Ran) => warnings.map((warning) => [warning.code, ...told(warning)]);

const FIRST = "id,amount,name\n1,5,a\n2,6,b\n";
const RENAMED = "id,amount_eur,name\n3,7,c\n";
const MORE = "id,amount,name,coupon\n3,7,c,x\n";
const FEWER = "id,name\n3,c\n";
const DECLARED = ["id bigint", "amount integer", "name string"];

describe.skipIf(!url).each(KINDS)("a source that changed its columns, into %s", (kind) => {
  const schema = uniqueId("drift");
  let lab: PlanLab;
  let admin: pg.Client;
  let config: Record<string, unknown>;
  beforeAll(async () => {
    lab = openPlanLab(kind === "postgres" ? url : undefined);
    admin = new pg.Client({ connectionString: url });
    await admin.connect();
    await admin.query(`create schema ${schema}`);
    const { hostname, port, username, password, pathname } = new URL(url);
    const database = pathname.slice(1);
    config = { host: hostname, port: Number(port), database, username, password, sslmode: "disable" };
  });
  afterAll(async () => {
    await admin?.query(`drop schema ${schema} cascade`);
    await admin?.end();
    await lab?.close();
  });

  const middle = (way: (typeof WAYS)[number]): IrNode[] =>
    way === "direct"
      ? []
      : [{ id: "m", kind: "validate", input: "src", datasetLevel: { rowCount: { min: 1 } } }];
  const last = (way: (typeof WAYS)[number]) => (way === "direct" ? "src" : "m");
  const rowsOf = async (table: string) => (await lab.rows(table)).length;

  describe.each(WAYS)("of a file, %s", (way) => {
    /** Loads a file, then another under the same document. @returns the second run, and the table */
    async function twice(csv: string, columns: string[] | undefined, more: IrNode, nodes = middle(way)) {
      const into = lab.table();
      const target = lab.target(String(nodes.at(-1)?.id ?? "src"), into, more);
      const first = await lab.run([lab.csv(FIRST, columns), ...nodes, target]);
      expect(first).toMatchObject({ status: "completed", warnings: [] });
      const ran = await lab.run([lab.csv(csv, columns), ...nodes, target], {
        lastColumns: first.ledger.columns,
      });
      if (ran.error) expect(await rowsOf(into), "something was loaded").toBe(2);
      expect(ran.ledger.balanced || ran.status === "failed").toBe(true);
      return { ran, into };
    }

    test.each([
      ["renamed", RENAMED, ["failed", "column_missing", "src", "src", "-amount", "+amount_eur", "~"]],
      ["dropped", FEWER, ["failed", "column_missing", "src", "src", "-amount", "+", "~"]],
    ])("a declared column that is %s fails the run", async (_title, csv, expected) => {
      for (const schemaEvolution of ["evolve", "freeze"])
        expect(failure((await twice(csv, DECLARED, { schemaEvolution })).ran)).toEqual(expected);
    });

    test("a column that is not declared is taken, and told twice: by the source and by the table", async () => {
      const { ran, into } = await twice(MORE, DECLARED, { schemaEvolution: "evolve" });
      expect(ran.status).toBe("completed");
      expect(said(ran).sort()).toEqual([
        ["schema_evolved", "out", "-", "+coupon", "~"],
        ["undeclared_columns", "src", "-", "+coupon", "~"],
      ]);
      expect(ran.warnings.map(({ message }) => message).join()).toContain("coupon");
      expect((await lab.rows(into)).map((row) => row.coupon)).toEqual([null, null, "x"]);
    });

    test.each([undefined, DECLARED])(
      "a frozen table refuses a column that came (declared: %s)",
      async (columns) => {
        const { ran } = await twice(MORE, columns, { schemaEvolution: "freeze" });
        expect(failure(ran)).toEqual(["failed", "schema_frozen", "out", "out", "-", "+coupon", "~"]);
      },
    );

    test("nothing declared, a rename is taken and told of; a frozen table refuses it", async () => {
      const { ran, into } = await twice(RENAMED, undefined, { schemaEvolution: "evolve" });
      expect(said(ran).sort()).toEqual([
        ["columns_gone", "src", "-amount", "+amount_eur", "~"],
        ["schema_evolved", "out", "-", "+amount_eur", "~"],
      ]);
      expect((await lab.rows(into)).map((row) => row.amount)).toEqual(["5", "6", null]);
      const frozen = await twice(RENAMED, undefined, { schemaEvolution: "freeze" });
      expect(failure(frozen.ran)).toEqual([
        ...["failed", "schema_frozen", "src", "src", "-amount", "+amount_eur", "~"],
      ]);
    });

    test("nothing declared, a column that went is told of; a frozen table refuses it", async () => {
      const { ran, into } = await twice(FEWER, undefined, { schemaEvolution: "evolve" });
      expect(said(ran)).toEqual([["columns_gone", "src", "-amount", "+", "~"]]);
      expect(await rowsOf(into)).toBe(3);
      const frozen = await twice(FEWER, undefined, { schemaEvolution: "freeze" });
      expect(failure(frozen.ran)).toEqual(["failed", "schema_frozen", "src", "src", "-amount", "+", "~"]);
    });

    test("a declared column of another type: its rows go to quarantine, counted", async () => {
      const { ran } = await twice("id,amount,name\n3,five,c\n4,8,d\n", DECLARED, {});
      expect(ran).toMatchObject({
        status: "completed_with_errors",
        ledger: { balanced: true, read: 2, loaded: 1, rejected: 1 },
        rejects: [{ rule: "type:amount", rowNumber: 1 }],
      });
    });

    test("a key that went fails the run at the target that has it", async () => {
      const more = { loadMode: "upsert", upsertKey: ["id"] };
      const { ran } = await twice("amount,name\n7,c\n", undefined, more);
      const failed = ["failed", "column_missing", "out", "src", "-id", "+", "~"];
      expect(failure(ran)).toEqual(failed);
      expect(failure((await twice("name,amount\nc,7\n", undefined, more)).ran)).toEqual(failed);
    });
  });

  const transform = (op: IrNode): IrNode => ({ id: "m", kind: "transform", input: "src", ops: [op] });
  const validate = (more: IrNode): IrNode => ({ id: "m", kind: "validate", input: "src", ...more });
  test.each<[string, IrNode, string?]>([
    ["a rule", validate({ rowLevel: [{ id: "r", field: "amount", rule: "not_null" }] })],
    ["a check of keys", validate({ datasetLevel: { duplicateKey: { fields: ["id", "amount"] } } })],
    ["a check of values", validate({ datasetLevel: { cardinality: { field: "amount", max: 9 } } })],
    ["cast", transform({ op: "cast", field: "amount", to: "integer" })],
    ["an expression", transform({ op: "expression", field: "x", expr: "coalesce(amount, '0')" })],
    ["rename", transform({ op: "rename", from: "amount", to: "x" })],
    ["drop", transform({ op: "drop", fields: ["name", "amount"] })],
    ["mask_pii", transform({ op: "mask_pii", field: "amount", strategy: "redact" })],
    ["hash", transform({ op: "hash", field: "amount", algorithm: "sha256", into: "x" })],
    ["filter", transform({ op: "filter", expr: "amount > '1'" })],
    ["merge", transform({ op: "merge", fields: ["name", "amount"], separator: "-", into: "x" })],
    ["deduplicate", transform({ op: "deduplicate", keys: ["name"], keep: "first", orderBy: "amount" })],
    [
      "aggregate",
      transform({ op: "aggregate", groupBy: ["name"], metrics: [{ fn: "max", field: "amount", as: "x" }] }),
    ],
    [
      "branch",
      { id: "m", kind: "branch", input: "src", cases: [{ id: "a", when: "amount = '7'" }], default: "b" },
      "m:b",
    ],
    [
      "join",
      {
        id: "m",
        kind: "join",
        left: "src",
        right: "other",
        on: [{ left: "amount", right: "k" }],
        how: "left",
      },
    ],
    [
      "enrich",
      {
        id: "m",
        kind: "enrich",
        input: "src",
        with: "other",
        on: [{ left: "amount", right: "k" }],
        select: ["v"],
      },
    ],
  ])(
    "%s that names a column which is gone says so, and no value gets past it",
    async (_title, node, ref = "m") => {
      const into = lab.table();
      const other = lab.csv("k,v\n7,x\n", undefined, "other");
      const sides = ["join", "enrich"].includes(String(node.kind)) ? [other] : [];
      const ran = await lab.run([lab.csv(RENAMED), ...sides, node, lab.target(ref, into)]);
      expect(failure(ran)).toEqual(["failed", "column_missing", "m", "src", "-amount", "+", "~"]);
      expect(ran.error?.message).toContain("there are id, amount_eur, name");
      await expect(lab.rows(into)).rejects.toThrow();
    },
  );

  describe.each(["json", "jsonl"] as const)("of %s", (format) => {
    const file = (rows: IrNode[], columns?: IrNode[]) => {
      const lines = rows.map((row) => JSON.stringify(row));
      const text = format === "json" ? `[${lines.join(",")}]` : lines.join("\n");
      const path = lab.put(`${randomUUID()}.${format}`, text);
      return lab.source({ path, format: { type: format, ...(columns && { columns }) } });
    };

    test("a key that went or came, and a value of another type", async () => {
      const into = lab.table();
      const columns = [
        { name: "id", type: "bigint" },
        { name: "amount", type: "integer" },
      ];
      await lab.run([file([{ id: 1, amount: 2 }]), lab.target("src", into)]);
      const missing = await lab.run([file([{ id: 1, amount_eur: 2 }], columns), lab.target("src", into)]);
      expect(failure(missing)).toEqual([
        ...["failed", "column_missing", "src", "src", "-amount", "+amount_eur", "~"],
      ]);
      const other = await lab.run([file([{ id: 1, amount: "x" }]), lab.target("src", into)]);
      expect(failure(other)).toEqual(["failed", "type_mismatch", "out", "out", "-", "+", "~amount"]);
      expect(other.error?.drift?.changed).toEqual([
        { name: "amount", expected: "decimal(20,0)", found: "string" },
      ]);
      expect(await rowsOf(into)).toBe(1);
      const nodes = [file([{ id: 2, amount: 3, c: true }], columns), lab.target("src", into)];
      const lastColumns = { src: [{ name: "id" }, { name: "amount" }] };
      const more = await lab.run(nodes, { lastColumns });
      expect(said(more).sort()).toEqual([
        ["schema_evolved", "out", "-", "+c", "~"],
        ["undeclared_columns", "src", "-", "+c", "~"],
      ]);
      const again = await lab.run(nodes, { lastColumns: more.ledger.columns });
      expect(said(again)).toEqual([["undeclared_columns", undefined, "-", "+", "~"]]);
    });
  });

  describe.each(WAYS)("of a table, %s", (way) => {
    /** Loads a table, changes it, and loads it again. */
    async function altered(statement: string, given: { columns?: string[]; more?: IrNode } = {}) {
      const [into, name] = [lab.table(), uniqueId("t")];
      const stream = `${schema}.${name}`;
      await admin.query(
        `create table ${stream} (id int constraint ${name}_key primary key, amount int, name text);
         insert into ${stream} values (1, 5, 'a'), (2, 6, 'b')`,
      );
      const { columns, more = {} } = given;
      const from = lab.saved("postgres", config);
      const read = { stream, syncMode: "full_refresh", ...(columns && { columns }) };
      const nodes = [
        { id: "src", kind: "source", ...from, config: read },
        ...middle(way),
        lab.target(last(way), into, { loadMode: "truncate", ...more }),
      ];
      const first = await lab.run(nodes);
      expect(first).toMatchObject({ status: "completed", warnings: [] });
      await admin.query(statement.replaceAll("$table", stream).replaceAll("$key", `${name}_key`));
      const ran = await lab.run(nodes, { lastColumns: first.ledger.columns });
      if (ran.error) expect(await rowsOf(into), "something was loaded").toBe(2);
      return { ran, into };
    }
    const ALL = ["id", "amount", "name"];
    const rename = "alter table $table rename amount to amount_eur";

    test("a column that is asked for and went fails the run, with the columns that there are", async () => {
      for (const statement of [rename, "alter table $table drop amount"]) {
        const { ran } = await altered(statement, { columns: ALL });
        expect(failure(ran)).toEqual(["failed", "unknown_column", "src", "src", "-amount", "+", "~"]);
        expect(ran.error?.drift?.found[0]).toEqual({ name: "id", type: "integer" });
      }
    });

    test("all columns asked for, a rename is taken and told of; a frozen table refuses it", async () => {
      const { ran } = await altered(rename);
      expect(said(ran).sort()).toEqual([
        ["columns_gone", "src", "-amount", "+amount_eur", "~"],
        ["schema_evolved", "out", "-", "+amount_eur", "~"],
      ]);
      const frozen = await altered(rename, { more: { schemaEvolution: "freeze" } });
      expect(failure(frozen.ran)?.slice(0, 3)).toEqual(["failed", "schema_frozen", "src"]);
    });

    test("a new column is added to the table and told of; a frozen table refuses it", async () => {
      const add = "alter table $table add coupon text default 'x'";
      const { ran, into } = await altered(add);
      expect(said(ran)).toEqual([["schema_evolved", "out", "-", "+coupon", "~"]]);
      expect((await lab.rows(into))[0]).toMatchObject({ coupon: "x" });
      const { ran: frozen } = await altered(add, { more: { schemaEvolution: "freeze" } });
      expect(failure(frozen)).toEqual(["failed", "schema_frozen", "out", "out", "-", "+coupon", "~"]);
    });

    test("another type: wider is followed and told of, another kind fails the run", async () => {
      const wider = "alter table $table alter amount type bigint";
      expect(said((await altered(wider)).ran)).toEqual([["schema_evolved", "out", "-", "+", "~amount"]]);
      const { ran: frozen } = await altered(wider, { more: { schemaEvolution: "freeze" } });
      expect(failure(frozen)).toEqual(["failed", "schema_frozen", "out", "out", "-", "+", "~amount"]);
      const { ran } = await altered("alter table $table alter amount type text");
      expect(failure(ran)).toEqual(["failed", "type_mismatch", "out", "out", "-", "+", "~amount"]);
    });

    test("a table that lost its key: what is there twice is one row, and counted", async () => {
      const more = { loadMode: "upsert", upsertKey: ["id"] };
      const doubled = "alter table $table drop constraint $key; insert into $table values (1, 9, 'z')";
      const { ran, into } = await altered(doubled, { more });
      expect(ran).toMatchObject({
        status: "completed",
        ledger: { balanced: true, nodes: { out: { in: 3, deduplicated: 1 } } },
      });
      expect(await rowsOf(into)).toBe(2);
      const { ran: keyless } = await altered("alter table $table drop id", { more });
      expect(failure(keyless)).toEqual(["failed", "column_missing", "out", "src", "-id", "+", "~"]);
    });
  });

  test.each(WAYS)(
    "the last but one of many rows is poisoned, %s: it alone is kept out, or nothing is loaded",
    async (way) => {
      const rows = 200_000;
      const lines = Array.from({ length: rows }, (_, at) => `${at + 1},${at === rows - 2 ? "poison" : at}`);
      const csv = `id,amount\n${lines.join("\n")}\n`;
      const columns = ["id bigint", "amount integer"];
      const into = lab.table();
      const ran = await lab.run([lab.csv(csv, columns), ...middle(way), lab.target(last(way), into)]);
      expect(ran).toMatchObject({
        status: "completed_with_errors",
        ledger: { balanced: true, read: rows, loaded: rows - 1, rejected: 1 },
        rejects: [{ rule: "type:amount", rowNumber: rows - 1, row: { amount: "poison" } }],
      });
      const strict = lab.table();
      const failed = await lab.run([lab.csv(csv, columns), ...middle(way), lab.target(last(way), strict)], {
        errorHandling: { dlq: { enabled: false } },
      });
      expect(failed.error).toMatchObject({ code: "row_failed", nodeId: "src", row: rows - 1 });
      await expect(lab.rows(strict)).rejects.toThrow();
    },
  );
});
