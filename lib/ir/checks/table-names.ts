import type { IrNode } from "../document.ts";
import type { Issue } from "../issue.ts";
import { parseTableName } from "../table-ref.ts";
import { type Check, nodeIssue } from "./check.ts";

/** Schemas of database systems, of the queue and of this application. */
const RESERVED_SCHEMAS: ReadonlySet<string> = new Set([
  "information_schema",
  "pgboss",
  "penstock",
  "mysql",
  "performance_schema",
  "sys",
  "system",
  "temp",
]);

type Named = { text: string; at: (string | number)[] };

/** Every table name in a node, with its place. */
export function tableNamesOf(node: IrNode): Named[] {
  switch (node.kind) {
    case "source":
      return "stream" in node.config ? [{ text: node.config.stream, at: ["config", "stream"] }] : [];
    case "target":
      return [{ text: node.schema, at: ["schema"] }];
    case "enrich":
      return typeof node.with === "string" ? [] : [{ text: node.with.stream, at: ["with", "stream"] }];
    case "validate": {
      const copy = node.quarantine?.table;
      const references = node.datasetLevel?.fkIntegrity?.references.table;
      return [
        ...(copy === undefined ? [] : [{ text: copy, at: ["quarantine", "table"] }]),
        ...(references === undefined
          ? []
          : [{ text: references, at: ["datasetLevel", "fkIntegrity", "references", "table"] }]),
      ];
    }
    default:
      return [];
  }
}

function problemOf(text: string): { code: "bad_table_name" | "reserved_table"; message: string } | undefined {
  const table = parseTableName(text);
  if (!table) {
    const message = `"${text}" is not a table name: write name or schema.table, each part a letter or _ and then letters, digits or _, 63 at most`;
    return { code: "bad_table_name", message };
  }
  const schema = table.schema?.toLowerCase();
  const name = table.name.toLowerCase();
  if (schema !== undefined && (RESERVED_SCHEMAS.has(schema) || schema.startsWith("pg_"))) {
    return {
      code: "reserved_table",
      message: `schema "${table.schema}" belongs to the system; name one of your own`,
    };
  }
  if (name.endsWith("__next")) {
    return {
      code: "reserved_table",
      message: `names ending in __next are kept for blue_green loads; name it otherwise`,
    };
  }
  if (
    name === "_prisma_migrations" ||
    name.startsWith("pg_") ||
    name.startsWith("sqlite_") ||
    name.startsWith("duckdb_")
  ) {
    return { code: "reserved_table", message: `"${table.name}" is a system table; name one of your own` };
  }
  return undefined;
}

/** Check 8: every table name is `name` or `schema.table` of plain identifiers, and none is the system's. */
export const checkTableNames: Check = ({ ir }) =>
  ir.nodes.flatMap((node, index) =>
    tableNamesOf(node).flatMap(({ text, at }): Issue[] => {
      const problem = problemOf(text);
      return problem ? [nodeIssue(problem.code, node, index, at, problem.message)] : [];
    }),
  );
