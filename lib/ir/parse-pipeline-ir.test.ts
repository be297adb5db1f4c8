import { describe, expect, it } from "vitest";
import { ISSUE_CODES } from "./index.ts";
import { base, dataset, edited, file, issuesOf, node, op, rule } from "./sample-pipeline.ts";

/** What is wrong, the document, the code, where, and what the message says of it. */
type Bad = [why: string, input: unknown, code: string, path: string, says: string];

// biome-ignore format: a table, one case a line
const bad: Record<string, Bad[]> = {
  "1 shape": [
    ["no object", "pipeline", "wrong_shape", "", "JSON object"],
    ["a list", [], "wrong_shape", "", "a list"],
    ["no id", edited(["/id"]), "missing_field", "/id", "missing"],
    ["bad id", edited(["/id", "Orders Daily"]), "wrong_shape", "/id", "slug"],
    ["no name", edited(["/metadata/name"]), "missing_field", "/metadata/name", "missing"],
    ["wrong version", edited(["/version", "2.0"]), "unknown_value", "/version", '"1.0"'],
    ["unknown section", edited(["/shedule", {}]), "unknown_key", "/shedule", "is there already"],
    ["edges", edited(["/edges", []]), "unknown_key", "/edges", "no such field"],
    ["key of a node", edited(["/nodes/3/load_mode", "append"]), "unknown_key", "/nodes/3/load_mode", 'node "load" (target)'],
    ["key of a setting", edited(["/nodes/0/config/format/delimeter", ";"]), "unknown_key", "/nodes/0/config/format/delimeter", "delimiter"],
    ["unknown kind", edited(["/nodes/1/kind", "transfrom"]), "unknown_value", "/nodes/1/kind", "must be one of"],
    ["unknown op", edited(op({ op: "renme", from: "id", to: "nr" })), "unknown_value", "/nodes/1/ops/0/op", "rename"],
    ["unknown connector", edited(["/nodes/0/connector", "local"]), "unknown_value", "/nodes/0/connector", "local_fs"],
    ["no input", edited(["/nodes/3/input"]), "missing_field", "/nodes/3/input", 'node "load"'],
    ["input on a source", edited(["/nodes/0/input", "v"]), "unknown_key", "/nodes/0/input", 'node "src"'],
    ["number for text", edited(["/nodes/3/schema", 7]), "wrong_shape", "/nodes/3/schema", "a text, not 7"],
    ["unknown load mode", edited(["/nodes/3/loadMode", "merge"]), "unknown_value", "/nodes/3/loadMode", '"upsert"'],
    ["interval 0", edited(["/schedule", { kind: "interval", minutes: 0 }]), "wrong_shape", "/schedule/minutes", "1 to 1440"],
    ["interval 1.5", edited(["/schedule", { kind: "interval", minutes: 1.5 }]), "wrong_shape", "/schedule/minutes", "whole number, not 1.5"],
    ["schedule of no kind", edited(["/schedule", { minutes: 5 }]), "missing_field", "/schedule/kind", "cron"],
    ["too many nodes", { ...base, nodes: Array.from({ length: 501 }, () => base.nodes[0]) }, "too_large", "/nodes", "500"],
    ["11 attempts", edited(["/errorHandling", { retry: { maxAttempts: 11 } }]), "wrong_shape", "/errorHandling/retry/maxAttempts", "1 to 10"],
    ["empty key", edited(["/nodes/3/upsertKey", []]), "wrong_shape", "/nodes/3/upsertKey", "at least one"],
  ],
  "2 ids": [
    ["node twice", edited(node({ ...base.nodes[3], id: "load" })), "duplicate_id", "/nodes/4/id", "same id"],
    ["rule twice", edited(["/nodes/2/rowLevel", [{ id: "r", field: "id", rule: "not_null" }, { id: "r", field: "id", rule: "gt:0" }]]), "duplicate_id", "/nodes/2/rowLevel/1/id", "rowLevel[0]"],
    ["case twice", edited(["/nodes/1", { id: "clean", kind: "branch", input: "src", cases: [{ id: "a", when: "id > 1" }, { id: "a", when: "id > 2" }] }]), "duplicate_id", "/nodes/1/cases/1/id", "cases[0]"],
    ["default is a case", edited(["/nodes/1", { id: "clean", kind: "branch", input: "src", cases: [{ id: "a", when: "id > 1" }], default: "a" }]), "duplicate_id", "/nodes/1/default", "a case"],
  ],
  "3 references": [
    ["typing error", edited(["/nodes/2/input", "claen"]), "unknown_input", "/nodes/2/input", "does not exist"],
    ["reads a target", edited(node({ ...base.nodes[3], id: "l2", input: "load" })), "reads_target", "/nodes/4/input", "gives no rows"],
    ["lookup of nothing", edited(op({ op: "lookup_join", with: "nope", on: [{ left: "id", right: "id" }], select: ["x"] })), "unknown_input", "/nodes/1/ops/0/with", '"nope"'],
    ["join of nothing", edited(node({ id: "j", kind: "join", left: "src", right: "srcc", on: [{ left: "id", right: "id" }], how: "left" })), "unknown_input", "/nodes/4/right", '"srcc"'],
    ["fk to nothing", edited(dataset({ fkIntegrity: { field: "id", references: { node: "nope", field: "id" } } })), "unknown_input", "/nodes/2/datasetLevel/fkIntegrity/references/node", '"nope"'],
    ["output of no branch", edited(["/nodes/2/input", "clean:big"]), "unknown_output", "/nodes/2/input", "no branch"],
    ["branch without output", edited(["/nodes/1", { id: "clean", kind: "branch", input: "src", cases: [{ id: "big", when: "id > 1" }] }]), "unknown_output", "/nodes/2/input", '"clean:big"'],
    ["unknown output", edited(["/nodes/1", { id: "clean", kind: "branch", input: "src", cases: [{ id: "big", when: "id > 1" }] }], ["/nodes/2/input", "clean:bg"]), "unknown_output", "/nodes/2/input", "no output"],
    ["archive of a transform", edited(node({ id: "arc", kind: "archive", input: "clean", to: "/tmp/a" })), "wrong_input", "/nodes/4/input", "file source"],
  ],
  "4 circles": [
    ["itself", edited(["/nodes/1/input", "clean"]), "cycle", "/nodes/1/input", '"clean" → "clean"'],
    ["two", edited(["/nodes/1/input", "v"]), "cycle", "/nodes/1/input", "circle"],
    ["by a lookup", edited(op({ op: "lookup_join", with: "v", on: [{ left: "id", right: "id" }], select: ["x"] })), "cycle", "/nodes/1/ops/0/with", "circle"],
    ["by a foreign key", edited(dataset({ fkIntegrity: { field: "id", references: { node: "v", field: "id" } } })), "cycle", "/nodes/2/datasetLevel/fkIntegrity/references/node", '"v" → "v"'],
  ],
  "5 completeness": [
    ["nothing", edited(["/nodes", []]), "no_source", "/nodes", "no source"],
    ["nothing at all", edited(["/nodes", []]), "no_target", "/nodes", "no target"],
    ["no target", edited(["/nodes/3"]), "no_target", "/nodes", "no target"],
    ["no source", edited(["/nodes", [base.nodes[3]]]), "no_source", "/nodes", "no source"],
  ],
  "6 requirements": [
    ["upsert without key", edited(["/nodes/3/loadMode", "upsert"]), "field_required", "/nodes/3/upsertKey", "columns here: id, amount"],
    ["upsert of keys alone", edited(op({ op: "drop", fields: ["amount", "email", "at"] }), ["/nodes/3/loadMode", "upsert"], ["/nodes/3/upsertKey", ["id"]]), "no_column_to_update", "/nodes/3/upsertKey", "nothing is left"],
    ["watermark without column", edited(["/nodes/3/loadMode", "incremental_watermark"]), "field_required", "/nodes/3/watermarkColumn", "only grows"],
    ["watermark that does not grow", edited(op({ op: "cast", field: "amount", to: "double" }), ["/nodes/3/loadMode", "incremental_watermark"], ["/nodes/3/watermarkColumn", "amount"]), "watermark_type", "/nodes/3/watermarkColumn", "timestamptz"],
    ["cdc of a file", edited(["/nodes/3/loadMode", "cdc_mirror"]), "cdc_unsupported", "/nodes/3/loadMode", '"src" is local_fs'],
    ["no path", edited(["/nodes/0/config", { format: { type: "csv" } }]), "field_required", "/nodes/0/config/path", "orders.csv"],
    ["no format", edited(["/nodes/0/config", { path: "/tmp/orders.dat" }]), "field_required", "/nodes/0/config/format", "format.type"],
    ["sum of nothing", edited(op({ op: "summarize", metrics: [{ fn: "sum", as: "s" }] })), "field_required", "/nodes/1/ops/0/metrics/0/field", '"sum" needs a column'],
    ["fk to two", edited(dataset({ fkIntegrity: { field: "id", references: { field: "id" } } })), "field_required", "/nodes/2/datasetLevel/fkIntegrity/references", "one of the two"],
    ["incremental without cursor", edited(["/nodes/0", { id: "src", kind: "source", connector: "postgres", sourceRef: "crm", config: { stream: "a.b", syncMode: "incremental" } }]), "field_required", "/nodes/0/config/cursorField", "what is new"],
  ],
  "7 schedule": [
    ["4 fields", edited(["/schedule/expression", "0 6 * *"]), "bad_cron", "/schedule/expression", "4 field(s), not 5"],
    ["minute 61", edited(["/schedule/expression", "61 6 * * *"]), "bad_cron", "/schedule/expression", "0-59"],
    ["30 February", edited(["/schedule/expression", "0 0 30 2 *"]), "bad_cron", "/schedule/expression", "never comes"],
    ["a nickname", edited(["/schedule/expression", "@daily"]), "bad_cron", "/schedule/expression", "not 5"],
    ["words", edited(["/schedule/expression", "every day at 6 am"]), "bad_cron", "/schedule/expression", "every"],
    ["no such zone", edited(["/schedule/timezone", "Europe/Berln"]), "bad_timezone", "/schedule/timezone", "IANA"],
    ["an offset", edited(["/schedule/timezone", "+02:00"]), "bad_timezone", "/schedule/timezone", "IANA"],
    ["rule of no frequency", edited(["/schedule", { kind: "rrule", rrule: "BYDAY=MO" }]), "bad_rrule", "/schedule/rrule", "FREQ"],
    ["hour 25", edited(["/schedule", { kind: "rrule", rrule: "FREQ=DAILY;BYHOUR=25" }]), "bad_rrule", "/schedule/rrule", "hour"],
    ["over long ago", edited(["/schedule", { kind: "rrule", rrule: "FREQ=DAILY;UNTIL=20010101T000000Z" }]), "bad_rrule", "/schedule/rrule", "never"],
    ["garbage", edited(["/schedule", { kind: "rrule", rrule: "FREQ=DAILY;BYDAY=XX" }]), "bad_rrule", "/schedule/rrule", "not valid"],
  ],
  "8 table names": [
    ["three parts", edited(["/nodes/3/schema", "a.b.c"]), "bad_table_name", "/nodes/3/schema", "schema.table"],
    ["58 characters to swap", edited(["/nodes/3/loadMode", "blue_green"], ["/nodes/3/schema", `shop.${"a".repeat(58)}`]), "bad_table_name", "/nodes/3/schema", "57 characters"],
    ["a space", edited(["/nodes/3/schema", "my orders"]), "bad_table_name", "/nodes/3/schema", "table name"],
    ["SQL", edited(["/nodes/3/schema", "orders; drop table x"]), "bad_table_name", "/nodes/3/schema", "table name"],
    ["quotes", edited(["/nodes/3/schema", '"a"."b"']), "bad_table_name", "/nodes/3/schema", "table name"],
    ["64 characters", edited(["/nodes/3/schema", "a".repeat(64)]), "bad_table_name", "/nodes/3/schema", "63"],
    ["system schema", edited(["/nodes/3/schema", "pg_catalog.x"]), "reserved_table", "/nodes/3/schema", "system"],
    ["queue's schema", edited(["/nodes/3/schema", "PgBoss.job"]), "reserved_table", "/nodes/3/schema", "system"],
    ["__next", edited(["/nodes/3/schema", "shop.orders__next"]), "reserved_table", "/nodes/3/schema", "__next"],
    ["copy of rejects", edited(["/nodes/2/quarantine", { table: "information_schema.x" }]), "reserved_table", "/nodes/2/quarantine/table", "system"],
    ["foreign key table", edited(dataset({ fkIntegrity: { field: "id", references: { table: "a b", field: "id" } } })), "bad_table_name", "/nodes/2/datasetLevel/fkIntegrity/references/table", "table name"],
    ["stream", edited(["/nodes/0", { id: "src", kind: "source", connector: "mysql", sourceRef: "crm", config: { stream: "mysql.user", syncMode: "full_refresh" } }]), "reserved_table", "/nodes/0/config/stream", "system"],
    ["migrations", edited(["/nodes/3/schema", "_prisma_migrations"]), "reserved_table", "/nodes/3/schema", "system table"],
  ],
  "9 texts": [
    ["half an expression", edited(op({ op: "filter", expr: "amount >" })), "bad_expression", "/nodes/1/ops/0/expr", "at character 9"],
    ["sub-query", edited(op({ op: "filter", expr: "id in (select 1)" })), "bad_expression", "/nodes/1/ops/0/expr", "sub-queries"],
    ["file access", edited(op({ op: "expression", field: "x", expr: "read_text('/etc/passwd')" })), "bad_expression", "/nodes/1/ops/0/expr", "not available"],
    ["aggregate in a filter", edited(op({ op: "filter", expr: "sum(amount) > 1" })), "bad_expression", "/nodes/1/ops/0/expr", "aggregate"],
    ["branch", edited(["/nodes/1", { id: "clean", kind: "branch", input: "src", cases: [{ id: "a", when: "id = = 1" }] }]), "bad_expression", "/nodes/1/cases/0/when", "at character 6"],
    ["unknown rule", edited(rule("notnull")), "bad_rule", "/nodes/2/rowLevel/0/rule", 'did you mean "not_null"'],
    ["rule without value", edited(rule("gt:")), "bad_rule", "/nodes/2/rowLevel/0/rule", "needs a value"],
    ["between of one", edited(rule("between:1")), "bad_rule", "/nodes/2/rowLevel/0/rule", "bound"],
    ["between upside down", edited(rule("between:10,1")), "bad_rule", "/nodes/2/rowLevel/0/rule", "never hold"],
    ["look-ahead", edited(rule("regex:^(?=a)")), "bad_regex", "/nodes/2/rowLevel/0/rule", "look-around"],
    ["back-reference", edited(rule("regex:(a)\\1")), "bad_regex", "/nodes/2/rowLevel/0/rule", "back-reference"],
    ["open group", edited(rule("regex:(a")), "bad_regex", "/nodes/2/rowLevel/0/rule", "missing closing )"],
    ["unknown type", edited(op({ op: "cast", field: "id", to: "intger" })), "bad_type", "/nodes/1/ops/0/to", "use one of"],
    ["decimal(50,2)", edited(["/nodes/0/config/format/columns/0/type", "decimal(50,2)"]), "bad_type", "/nodes/0/config/format/columns/0/type", "38"],
    ["no date in a template", edited(["/nodes/0/config/pattern", { type: "date_template", value: "orders.csv" }]), "bad_pattern", "/nodes/0/config/pattern/value", "{YYYYMMDD}"],
    ["unknown date token", edited(["/nodes/0/config/pattern", { type: "date_template", value: "o_{yyyy}.csv" }]), "bad_pattern", "/nodes/0/config/pattern/value", "{yyyy}"],
    ["pattern climbs", edited(["/nodes/0/config/pattern", { type: "glob", value: "../*.csv" }]), "bad_pattern", "/nodes/0/config/pattern/value", ".."],
    ["relative path", edited(["/nodes/0/config/path", "orders.csv"]), "bad_path", "/nodes/0/config/path", "relative"],
    ["absolute path within a saved source", edited(["/nodes/0/sourceRef", "files"]), "bad_path", "/nodes/0/config/path", "from the folder"],
    ["path climbs", edited(["/nodes/0/config/path", "/tmp/../etc/x.csv"]), "bad_path", "/nodes/0/config/path", "climbs"],
    ["wildcard in path", edited(["/nodes/0/config/path", "/tmp/*.csv"]), "bad_path", "/nodes/0/config/path", "pattern"],
    ["min above max", edited(dataset({ rowCount: { min: 5, max: 1 } })), "bad_range", "/nodes/2/datasetLevel/rowCount", "min 5"],
    ["no bounds", edited(dataset({ cardinality: { field: "id" } })), "bad_range", "/nodes/2/datasetLevel/cardinality", "checks nothing"],
  ],
  "10 hooks": [
    ["DROP", edited(["/nodes/3/postHook", "DROP TABLE shop.orders"]), "hook_not_allowed", "/nodes/3/postHook", "ANALYZE"],
    ["DELETE inside WITH", edited(["/nodes/3/preHook", "WITH d AS (DELETE FROM a RETURNING *) SELECT * FROM d"]), "hook_not_allowed", "/nodes/3/preHook", "forms"],
    ["two statements", edited(["/nodes/3/postHook", "ANALYZE shop.orders; DROP TABLE x"]), "hook_not_allowed", "/nodes/3/postHook", "one statement"],
    ["index by expression", edited(["/nodes/3/postHook", "CREATE INDEX IF NOT EXISTS i ON shop.orders (pg_sleep(9))"]), "hook_not_allowed", "/nodes/3/postHook", "CREATE [UNIQUE] INDEX"],
    ["comment", edited(["/nodes/3/postHook", "ANALYZE /* x */ shop.orders"]), "hook_not_allowed", "/nodes/3/postHook", "forms"],
    ["foreign schema", edited(["/nodes/3/postHook", "ANALYZE hr.salaries"]), "hook_outside_schema", "/nodes/3/postHook", '"shop"'],
    ["foreign schema made", edited(["/nodes/3/preHook", "CREATE SCHEMA IF NOT EXISTS other"]), "hook_outside_schema", "/nodes/3/preHook", '"other"'],
  ],
  "11 columns": [
    ["filter", edited(op({ op: "filter", expr: "amont > 1" })), "unknown_column", "/nodes/1/ops/0/expr", '"amont"'],
    ["rename", edited(op({ op: "rename", from: "nr", to: "x" })), "unknown_column", "/nodes/1/ops/0/from", "id, amount"],
    ["after a rename", edited(op({ op: "rename", from: "id", to: "nr" }, { op: "drop", fields: ["id"] })), "unknown_column", "/nodes/1/ops/1/fields/0", "nr"],
    ["rule, case matters", edited(rule("not_null", "ID")), "unknown_column", "/nodes/2/rowLevel/0/field", '"ID"'],
    ["after aggregate", edited(op({ op: "aggregate", groupBy: ["id"], metrics: [{ fn: "count", as: "n" }] }), ["/nodes/3/loadMode", "upsert"], ["/nodes/3/upsertKey", ["email"]]), "unknown_column", "/nodes/3/upsertKey/0", "id, n"],
    ["freshness", edited(dataset({ freshness: { field: "when", maxAgeMinutes: 5 } })), "unknown_column", "/nodes/2/datasetLevel/freshness/field", '"when"'],
    ["rename onto another", edited(op({ op: "rename", from: "id", to: "Amount" })), "column_conflict", "/nodes/1/ops/0/to", "already"],
    ["add_field onto another", edited(op({ op: "add_field", field: "id", value: 1 })), "column_conflict", "/nodes/1/ops/0/field", "expression"],
    ["metric twice", edited(op({ op: "summarize", metrics: [{ fn: "count", as: "n" }, { fn: "max", field: "id", as: "n" }] })), "column_conflict", "/nodes/1/ops/0/metrics/1/as", "already"],
    ["looked-up column", edited(node({ id: "b", kind: "source", connector: "local_fs", config: file("/tmp/b.csv") }), op({ op: "lookup_join", with: "b", on: [{ left: "id", right: "id" }], select: ["nam"] })), "unknown_column", "/nodes/1/ops/0/select/0", '"b"'],
    ["join key", edited(node({ id: "j", kind: "join", left: "src", right: "clean", on: [{ left: "id", right: "nr" }], how: "left" })), "unknown_column", "/nodes/4/on/0/right", '"nr"'],
    ["column declared twice", edited(["/nodes/0/config/format/columns/1/name", "id"]), "column_conflict", "/nodes/0/config/format/columns/1/name", "twice"],
  ],
  "12 capability": [
    ["load mode", edited(["/nodes/3/loadMode", "cdc_mirror"]), "not_executable", "/nodes/3/loadMode", "append, truncate, upsert"],
    ["archive", edited(node({ id: "arc", kind: "archive", input: "src", to: "/tmp/a" })), "not_executable", "/nodes/4/kind", "archive"],
    ["waiting", edited(["/nodes/0/config/waitPolicy", { maxRetries: 1, intervalMinutes: 1, onMissAction: "fail" }]), "not_executable", "/nodes/0/config/waitPolicy", "leave it out"],
    ["atomic moves", edited(["/nodes/0/config/atomicity", { successFolder: "/tmp/done" }]), "not_executable", "/nodes/0/config/atomicity", "leave it out"],
    ["encoding", edited(["/nodes/0/config/format/encoding", "ebcdic"]), "not_executable", "/nodes/0/config/format/encoding", "utf-8"],
    ["index in the warehouse", edited(["/nodes/3/postHook", "CREATE INDEX IF NOT EXISTS i ON shop.orders (id)"]), "not_executable", "/nodes/3/postHook", "duckdb: analyze"],
  ],
  "13 catalogue": [
    ["unknown source", edited(["/nodes/0/sourceRef", "crmm"]), "unknown_source", "/nodes/0/sourceRef", "crm, shop_bucket"],
    ["another connector", edited(["/nodes/0", { id: "src", kind: "source", connector: "mysql", sourceRef: "crm", config: { stream: "a.b", syncMode: "full_refresh" } }]), "wrong_connector", "/nodes/0/sourceRef", "postgres, not mysql"],
    ["no reference", edited(["/nodes/0", { id: "src", kind: "source", connector: "postgres", config: { stream: "a.b", syncMode: "full_refresh" } }]), "field_required", "/nodes/0/sourceRef", "crm"],
    ["unknown destination", edited(["/nodes/3/destination", "reportng"]), "unknown_destination", "/nodes/3/destination", "reporting"],
    ["enrich from nowhere", edited(node({ id: "e", kind: "enrich", input: "src", with: { sourceRef: "nope", stream: "a.b" }, on: [{ left: "id", right: "id" }], select: ["x"] })), "unknown_source", "/nodes/4/with/sourceRef", '"nope"'],
    ["enrich from a saved source of files", edited(node({ id: "e", kind: "enrich", input: "src", with: { sourceRef: "shop_bucket", stream: "a.b" }, on: [{ left: "id", right: "id" }], select: ["x"] })), "wrong_connector", "/nodes/4/with/sourceRef", "add a source node"],
  ],
  "14 secrets": [
    ["password in a setting", edited(["/nodes/0/config/password", "hunter22"]), "secret_in_ir", "/nodes/0/config/password", "sourceRef"],
    ["URL with a user", edited(["/nodes/0/config/path", "https://joe:hunter22@example.test/o.csv"]), "secret_in_ir", "/nodes/0/config/path", "URL"],
    ["URL with a token", edited(["/nodes/0/config/path", "https://example.test/o.csv?access_token=hunter22"]), "secret_in_ir", "/nodes/0/config/path", "token in a URL"],
    ["signed URL", edited(["/nodes/0/config/path", "https://example.test/o.csv?X-Amz-Signature=hunter22"]), "secret_in_ir", "/nodes/0/config/path", "token in a URL"],
    ["header in a description", edited(["/metadata/description", "use Authorization: Bearer hunter22hunter22"]), "secret_in_ir", "/metadata/description", "Authorization"],
    ["access key in an expression", edited(op({ op: "add_field", field: "k", value: `AKIA${"A".repeat(16)}` })), "secret_in_ir", "/nodes/1/ops/0/value", "access key"],
    ["connection string", edited(["/metadata/description", "host=db password=hunter22"]), "secret_in_ir", "/metadata/description", "password"],
    ["header field", edited(["/nodes/0/config/headers", { Authorization: "hunter22" }]), "secret_in_ir", "/nodes/0/config/headers/Authorization", "secret"],
  ],
};

describe("parsePipelineIR refuses, saying where and what would be right", () => {
  for (const [check, cases] of Object.entries(bad)) {
    describe(check, () => {
      it.each(cases)("%s", (_why, input, code, path, says) => {
        const issues = issuesOf(input);
        const found = issues.find((issue) => issue.code === code && issue.path === path);
        if (process.env.SHOW_MESSAGES) console.log(found ?? issues);
        expect(issues.map((issue) => `${issue.code} ${issue.path}`)).toContain(`${code} ${path}`);
        expect(`${found?.message} ${found?.hint ?? ""}`).toContain(says);
        expect(
          ISSUE_CODES[code as keyof typeof ISSUE_CODES].check,
          "the code stands in the table",
        ).toBeGreaterThan(0);
      });
    });
  }
  it("has at least four examples of every check", () => {
    expect(Object.keys(bad)).toHaveLength(14);
    for (const cases of Object.values(bad)) expect(cases.length).toBeGreaterThanOrEqual(4);
  });
  it("never repeats a secret", () => {
    for (const [, input] of bad["14 secrets"] ?? [])
      expect(JSON.stringify(issuesOf(input))).not.toContain("hunter22");
  });
});
