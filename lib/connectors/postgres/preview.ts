import { formatIrType, sqlIdentifier } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { TablePort } from "../connector.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { describeTable } from "./describe.ts";
import { EXACT_TEXT } from "./read.ts";
import { withSession } from "./with-session.ts";

/** Characters of one value that a preview shows. */
const CELL_CHARS = 500;

/** The first rows of a table as text, long values cut at the source. */
export const previewPostgres: TablePort<PostgresSourceConfig>["preview"] = ({ config }, request) =>
  withSession(config, { signal: request.signal, queryMs: limits.discoverMs }, async (session) => {
    const { client } = session;
    await client.query(
      `begin read only; ${EXACT_TEXT}; set local statement_timeout = ${limits.discoverMs}; set local lock_timeout = 5000`,
    );
    const { sql, columns } = await describeTable(session, config, request.stream);
    const cells = columns.map(({ expression }) => `left((${expression})::text, ${CELL_CHARS})`);
    const { rows } = await client.query<(string | null)[]>({
      // A subquery cuts the rows before anything is computed of them.
      text: `select ${cells.join(", ") || "1"} from (select ${columns.map(({ name }) => sqlIdentifier(name)).join(", ")} from ${sql} limit ${Math.max(0, Math.floor(request.rows))}) as shown`,
      rowMode: "array",
    });
    return {
      columns: columns.map(({ name, type, written, nullable, note }) => ({
        name,
        type: formatIrType(type),
        sourceType: written,
        nullable,
        ...(note && { note }),
      })),
      rows,
    };
  });
