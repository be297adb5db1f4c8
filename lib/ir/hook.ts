import { sqlIdentifier } from "./sql-quote.ts";
import type { TableRef } from "./table-ref.ts";

/** A statement before or after a load: one of four forms, never free text. */
export type Hook =
  | { form: "analyze"; table?: TableRef }
  | { form: "refresh_materialized_view"; view: TableRef; concurrently: boolean }
  | { form: "create_schema"; schema: string }
  | {
      form: "create_index";
      name: string;
      unique: boolean;
      table: TableRef;
      columns: { name: string; descending: boolean }[];
    };

/** The forms, as they are written. */
export const HOOK_FORMS = {
  analyze: "ANALYZE [table]",
  refresh_materialized_view: "REFRESH MATERIALIZED VIEW [CONCURRENTLY] view",
  create_schema: "CREATE SCHEMA IF NOT EXISTS schema",
  create_index: "CREATE [UNIQUE] INDEX IF NOT EXISTS name ON table (column [ASC|DESC], …)",
} as const satisfies Record<Hook["form"], string>;

const NAME = `(?:[A-Za-z_][A-Za-z0-9_]{0,62}|"[A-Za-z_][A-Za-z0-9_ -]{0,62}")`;
const TABLE = `(${NAME}(?:\\.${NAME})?)`;
const form = (pattern: string): RegExp =>
  new RegExp(`^\\s*${pattern.replaceAll(" ", "\\s+")}\\s*;?\\s*$`, "i");

const ANALYZE = form(`ANALYZE(?:\\s+${TABLE})?`);
const REFRESH = form(`REFRESH MATERIALIZED VIEW(\\s+CONCURRENTLY)?\\s+${TABLE}`);
const SCHEMA = form(`CREATE SCHEMA IF NOT EXISTS (${NAME})`);
const INDEX = form(
  `CREATE(\\s+UNIQUE)? INDEX IF NOT EXISTS (${NAME}) ON ${TABLE}\\s*\\(([A-Za-z0-9_",\\s]*)\\)`,
);
const INDEX_COLUMN = new RegExp(`^\\s*(${NAME})(?:\\s+(ASC|DESC))?\\s*$`, "i");

const unquote = (name: string): string => (name.startsWith('"') ? name.slice(1, -1) : name);

function tableOf(text: string): TableRef {
  const names = text.match(new RegExp(NAME, "g"))?.map(unquote) ?? [];
  const [first = "", second] = names;
  return second === undefined ? { name: first } : { schema: first, name: second };
}

/**
 * Parses one hook. Whatever is not wholly one of `HOOK_FORMS` is refused. Names are taken as they are written
 * (no folding of case), as table names in an IR are.
 */
export function parseHook(text: string): { ok: true; hook: Hook } | { ok: false; message: string } {
  let match = ANALYZE.exec(text);
  if (match)
    return {
      ok: true,
      hook: { form: "analyze", ...(match[1] !== undefined && { table: tableOf(match[1]) }) },
    };
  match = REFRESH.exec(text);
  if (match) {
    return {
      ok: true,
      hook: {
        form: "refresh_materialized_view",
        concurrently: match[1] !== undefined,
        view: tableOf(match[2] ?? ""),
      },
    };
  }
  match = SCHEMA.exec(text);
  if (match) return { ok: true, hook: { form: "create_schema", schema: unquote(match[1] ?? "") } };
  match = INDEX.exec(text);
  const columns = match?.[4]?.split(",").map((column) => INDEX_COLUMN.exec(column));
  if (match && columns?.every((column) => column !== null)) {
    return {
      ok: true,
      hook: {
        form: "create_index",
        unique: match[1] !== undefined,
        name: unquote(match[2] ?? ""),
        table: tableOf(match[3] ?? ""),
        columns: columns.map((column) => ({
          name: unquote(column[1] ?? ""),
          descending: column[2]?.toUpperCase() === "DESC",
        })),
      },
    };
  }
  return {
    ok: false,
    message: `must be one statement of these forms: ${Object.values(HOOK_FORMS).join("; ")}`,
  };
}

const table = (ref: TableRef): string =>
  (ref.schema === undefined ? "" : `${sqlIdentifier(ref.schema)}.`) + sqlIdentifier(ref.name);

/** Writes a hook as SQL, from what was parsed; good for DuckDB and PostgreSQL. */
export function printHook(hook: Hook): string {
  switch (hook.form) {
    case "analyze":
      return hook.table ? `ANALYZE ${table(hook.table)}` : "ANALYZE";
    case "refresh_materialized_view":
      return `REFRESH MATERIALIZED VIEW ${hook.concurrently ? "CONCURRENTLY " : ""}${table(hook.view)}`;
    case "create_schema":
      return `CREATE SCHEMA IF NOT EXISTS ${sqlIdentifier(hook.schema)}`;
    case "create_index": {
      const columns = hook.columns.map(
        (column) => sqlIdentifier(column.name) + (column.descending ? " DESC" : ""),
      );
      return `CREATE ${hook.unique ? "UNIQUE " : ""}INDEX IF NOT EXISTS ${sqlIdentifier(hook.name)} ON ${table(hook.table)} (${columns.join(", ")})`;
    }
  }
}

/** The schemas a hook names; undefined stands for an unqualified name. */
export function hookSchemas(hook: Hook): (string | undefined)[] {
  switch (hook.form) {
    case "analyze":
      return hook.table ? [hook.table.schema] : [];
    case "refresh_materialized_view":
      return [hook.view.schema];
    case "create_schema":
      return [hook.schema];
    case "create_index":
      return [hook.table.schema];
  }
}
