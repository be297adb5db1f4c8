import { describe, expect, it } from "vitest";
import { nodeKinds, parsePipelineIR } from "./index.ts";
import { base, catalogue, edited, file, issuesOf, node, op } from "./sample-pipeline.ts";

describe("parsePipelineIR accepts", () => {
  it("the base, and gives a document that shares nothing with it", () => {
    const result = parsePipelineIR(base, { strength: "executable", catalogue });
    expect(result).toEqual({ ok: true, ir: base, warnings: [] });
    if (result.ok) result.ir.nodes.length = 0;
    expect(base.nodes).toHaveLength(4);
  });
  it.each<[string, unknown]>([
    ["an interval", edited(["/schedule", { kind: "interval", minutes: 15 }])],
    ["no schedule", edited(["/schedule"])],
    [
      "a named destination with an index",
      edited(
        ["/nodes/3/destination", "reporting"],
        ["/nodes/3/postHook", "create unique index if not exists i on orders (id, amount desc);"],
      ),
    ],
    ["the warehouse by its name", edited(["/nodes/3/destination", "warehouse"])],
    [
      "files that are waited for, taken, put away and archived",
      edited(
        ["/nodes/0/config/path", "/tmp/in"],
        ["/nodes/0/config/pattern", { type: "glob", value: "*.csv" }],
        ["/nodes/0/config/waitPolicy", { maxRetries: 3, intervalMinutes: 5, onMissAction: "alert" }],
        ["/nodes/0/config/atomicity", { stagingFolder: "/tmp/in/staging", successFolder: "/tmp/in/done" }],
        node({ id: "arc", kind: "archive", input: "src", to: "/tmp/kept/{YYYY}/{MM}", compress: "gz" }),
      ),
    ],
    [
      "deep patterns that do not begin where files are put",
      edited(
        ["/nodes/0/config/path", "/tmp/in"],
        ["/nodes/0/config/pattern", { type: "glob", value: "new/**/*.csv" }],
        ["/nodes/0/config/atomicity", { successFolder: "/tmp/in/done", failureFolder: "/tmp/failed" }],
      ),
    ],
    ["ANALYZE in the warehouse", edited(["/nodes/3/postHook", "ANALYZE"])],
    [
      "columns that nobody knows",
      edited(["/nodes/0/config", { path: "/tmp/orders.csv.gz" }], op({ op: "filter", expr: "whatever > 1" })),
    ],
    [
      "a column called password",
      edited(
        ["/nodes/0/config/format/columns/2/name", "password"],
        op({ op: "filter", expr: "password = 'x'" }, { op: "hash", field: "password", algorithm: "sha256" }),
      ),
    ],
    [
      "a file list by date",
      edited(
        ["/nodes/0/config/path", "/tmp/in"],
        [
          "/nodes/0/config/pattern",
          { type: "date_template", value: "orders_{YYYYMMDD}.csv", timezone: "Europe/Berlin" },
        ],
      ),
    ],
    ["a table named like a key", edited(["/nodes/3/schema", "shop.pk_orders_by_customer_and_month"])],
    [
      "a mapping from a secret word",
      edited(op({ op: "map_values", field: "email", mapping: { password: "p", token: "t" } })),
    ],
  ])("%s", (_what, input) => expect(issuesOf(input)).toEqual([]));

  it("warns of nodes that nothing reads and of fields without effect", () => {
    const result = parsePipelineIR(
      edited(node({ id: "spare", kind: "transform", input: "src", ops: [] }), ["/nodes/3/allowEmpty", true]),
      { strength: "executable", catalogue },
    );
    expect(result.ok && result.warnings.map(({ code, path }) => [code, path])).toEqual([
      ["unread_node", "/nodes/4"],
      ["unused_field", "/nodes/3/allowEmpty"],
    ]);
  });
  describe("of a table to which each run of a schedule adds all files again", () => {
    const arriving = (...more: Parameters<typeof edited>) =>
      parsePipelineIR(
        edited(
          ["/schedule", { kind: "file_arrival", everyMinutes: 5 }],
          ["/nodes/0/config/path", "/tmp/in"],
          ["/nodes/0/config/pattern", { type: "glob", value: "*.csv" }],
          ...more,
        ),
        { strength: "executable", catalogue },
      );
    it("warns, and says what to do", () => {
      const result = arriving();
      expect(result.ok && result.warnings).toMatchObject([
        { code: "loaded_again", path: "/nodes/3/loadMode", hint: expect.stringContaining("successFolder") },
      ]);
      const named = arriving(
        ["/schedule/source", "src"],
        ["/nodes/0/config/atomicity", { failureFolder: "/tmp/bad" }],
      );
      expect(named.ok && named.warnings.map(({ code }) => code)).toEqual(["loaded_again"]);
      const timed = arriving(["/schedule", { kind: "interval", minutes: 15 }]);
      expect(timed.ok && timed.warnings).toMatchObject([
        { code: "loaded_again", message: expect.stringMatching(/^.*each run of the schedule loads all/) },
      ]);
    });
    it.each<[string, Parameters<typeof edited>[number]]>([
      ["files are moved away", ["/nodes/0/config/atomicity", { successFolder: "/tmp/done" }]],
      ["only the newest is read", ["/nodes/0/config/ordering", "latest_by_mtime"]],
      [
        "the day's are",
        ["/nodes/0/config/pattern", { type: "date_template", value: "orders_{YYYYMMDD}.csv" }],
      ],
      ["there is one file", ["/nodes/0/config", file("/tmp/orders.csv")]],
      ["rows are replaced", ["/nodes/3/loadMode", "truncate"]],
      ["there is no schedule", ["/schedule"]],
    ])("keeps silent where %s", (_what, change) => {
      const result = arriving(change);
      expect(result.ok ? result.warnings : result.issues).toEqual([]);
    });
  });
  it("uses columns that only the catalogue knows", () => {
    const input = edited(["/nodes/0/config", { path: "/tmp/orders.csv" }]);
    const known = { ...catalogue, columns: { src: [{ name: "nr", type: "integer" }] } };
    const result = parsePipelineIR(input, { strength: "executable", catalogue: known });
    expect(!result.ok && result.issues.map(({ code }) => code)).toEqual(["unknown_column", "unknown_column"]);
  });
  it("asks for a destination where there is no warehouse", () => {
    const result = parsePipelineIR(base, {
      strength: "executable",
      catalogue: { ...catalogue, warehouse: null },
    });
    expect(result).toMatchObject({ ok: false, issues: [{ code: "unknown_destination" }] });
  });
  it("every example of the node catalogue has the shape of its kind", () => {
    for (const kind of Object.values(nodeKinds))
      expect(kind.schema.safeParse(kind.example).success).toBe(true);
  });
});

describe("a draft", () => {
  it.each<[string, unknown]>([
    ["may be empty", edited(["/nodes", []])],
    ["may read what is not there", edited(["/nodes/2/input", "later"])],
    ["may hold half an expression", edited(op({ op: "filter", expr: "amount >" }))],
    ["may ask for what cannot run", edited(node({ id: "arc", kind: "archive", input: "src", to: "/tmp/a" }))],
    ["may name an unknown source", edited(["/nodes/0/sourceRef", "later"])],
  ])("%s", (_what, input) => expect(issuesOf(input, "saved")).toEqual([]));

  it.each<[string, unknown, string]>([
    ["shape", edited(["/foo", 1]), "unknown_key"],
    ["ids", edited(node(base.nodes[3])), "duplicate_id"],
    ["circles", edited(["/nodes/1/input", "v"]), "cycle"],
    ["table names", edited(["/nodes/3/schema", "pgboss.job"]), "reserved_table"],
    ["secrets", edited(["/metadata/description", "password=hunter22"]), "secret_in_ir"],
  ])("is still checked for %s", (_what, input, code) => expect(issuesOf(input, "saved")[0]?.code).toBe(code));
});
