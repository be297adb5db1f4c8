import { formatIrType } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { TablePort } from "../connector.ts";
import type { Stream, StreamPage } from "../shapes.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { NAMES_QUERY } from "./catalogue-query.ts";
import { cursorFieldsOf } from "./cursor-fields.ts";
import { type DescribedTable, describePage, grantOf } from "./describe.ts";
import { emptyCauses } from "./empty-causes.ts";
import { type Asking, withSession } from "./with-session.ts";

type Port = TablePort<PostgresSourceConfig>;

/** One page of tables, views and the like, by name, each with its columns. */
export const discoverPostgres: Port["discover"] = ({ config }, request) =>
  asking(config, request.signal, async (session): Promise<StreamPage> => {
    const { filter, names, cursor } = request;
    const limit = Math.min(request.limit, limits.discoveredNames);
    const { total, tables } = await describePage(session, [
      config.schema ?? null,
      filter ? patternOf(filter) : null,
      names ?? null,
      cursor === undefined ? null : Buffer.from(cursor, "base64url").toString("utf8"),
      limit + 1,
    ]);
    const shown = tables.slice(0, limit);
    const last = tables.length > limit ? shown.at(-1) : undefined;
    return {
      streams: shown.map((table) => streamOf(table, config.username)),
      nextCursor: last ? Buffer.from(last.stream).toString("base64url") : null,
      total,
      ...(total === 0 && (await emptyCauses(session, config, filter, names))),
    };
  });

/** The names of all that may be read. */
export const postgresNames: Port["names"] = ({ config }, options) =>
  asking(config, options?.signal, async ({ client }) => {
    const question = [config.schema ?? null, null, null, null, limits.discoveredNames];
    const { rows } = await client.query<{ stream: string }>(NAMES_QUERY, question);
    return rows.map(({ stream }) => stream);
  });

const asking = <T>(config: PostgresSourceConfig, signal: AbortSignal | undefined, work: Asking<T>) =>
  withSession(config, { signal, queryMs: limits.discoverMs }, work);

/** A text that a name has to hold, whatever it holds itself. */
const patternOf = (filter: string) => `%${filter.replace(/[\\%_]/g, "\\$&")}%`;

function streamOf(table: DescribedTable, username: string): Stream {
  const { stream, relkind, columns, primaryKey, rows, bytes } = table;
  const cursorFields = cursorFieldsOf(columns, primaryKey);
  const isView = relkind === "v" || relkind === "m";
  const note = noteOf(table, username);
  return {
    name: stream,
    kind: isView ? "view" : "table",
    columns: columns.map(({ name, type, written, nullable, note }) => ({
      name,
      type: formatIrType(type),
      sourceType: written,
      nullable,
      ...(note && { note }),
    })),
    primaryKey: primaryKey.every((key) => columns.some(({ name }) => name === key)) ? primaryKey : [],
    rowEstimate: relkind === "v" || relkind === "f" ? null : rows,
    bytes: relkind === "v" || relkind === "f" || rows === null ? null : bytes,
    syncModes: cursorFields.length > 0 ? ["full_refresh", "incremental"] : ["full_refresh"],
    cursorFields,
    ...(note && { note }),
  };
}

function noteOf(table: DescribedTable, username: string): string | undefined {
  if (!table.readable) return `${username} may not read it. Missing: ${grantOf(table, username)}`;
  const notes = [
    table.relkind === "f" && "A foreign table: it is read from another server through this one.",
    table.limited && `Row security decides which rows ${username} sees.`,
    table.hidden.length > 0 && `Left out, because ${username} may not read them: ${table.hidden.join(", ")}.`,
  ].filter(Boolean);
  return notes.length > 0 ? notes.join(" ") : undefined;
}
