import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Ctx } from "#lib/context.ts";
import type { IrType } from "#lib/ir/schema.ts";
import { openEdited, openExact, type RowValues } from "../quarantine-content.ts";
import { TAKEN } from "../quarantine-state.ts";
import type { KeptRows } from "../readable-source.ts";
import { type Place, placeKey } from "./place.ts";
import { needsWhole } from "./plan-replay.ts";

const BATCH = 500;

type Columns = KeptRows["columns"];
type Group = KeptRows & { place: Place; lines: string[] };

/** The rows of a replay in scratch, by place. Row number n is of the quarantine row `ids[n - 1]`. */
export type TakenRows = { ids: string[]; groups: ReadonlyMap<string, KeptRows & { place: Place }> };

/**
 * Writes the rows that a run has taken on to scratch, as they were edited, else as they were.
 * @throws DataError `replay_needs_whole` where a row cannot be opened, or rows of one place differ in their columns
 */
export async function writeTakenRows(
  { tenant, db }: Pick<Ctx, "tenant" | "db">,
  runId: string,
  folder: string,
): Promise<TakenRows> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const ids: string[] = [];
  const groups = new Map<string, Group>();
  for (let after = ""; ; ) {
    const rows = await db.quarantineRow.findMany({
      where: { tenantId: tenant, ...TAKEN, replayRunId: runId, id: { gt: after } },
      orderBy: { id: "asc" },
      take: BATCH,
    });
    for (const row of rows) {
      const content = openExact(row, tenant);
      if (!content?.columns) throw needsWhole("A row was kept in a form that cannot be replayed");
      const place = { nodeId: row.nodeId, ...(content.op !== undefined && { op: content.op }) };
      const group = groupOf(groups, place, content.columns, folder);
      const values = { ...content.row, ...openEdited(row, tenant) };
      group.lines.push(lineOf(ids.push(row.id), values, content.columns));
    }
    for (const group of groups.values()) await flush(group);
    if (rows.length < BATCH) return { ids, groups };
    after = rows.at(-1)?.id ?? after;
  }
}

function groupOf(groups: Map<string, Group>, place: Place, columns: Columns, folder: string): Group {
  const key = placeKey(place);
  const known = groups.get(key);
  if (!known) {
    const group = { place, columns, file: path.join(folder, `taken-${groups.size}.csv`), lines: [] };
    groups.set(key, group);
    return group;
  }
  if (JSON.stringify(known.columns) !== JSON.stringify(columns))
    throw needsWhole(`Rows that "${place.nodeId}" rejected do not have the same columns`);
  return known;
}

async function flush(group: Group): Promise<void> {
  const { lines, file } = group;
  group.lines = [];
  await pipeline(Readable.from(lines), createWriteStream(file, { flags: "a", mode: 0o600 }));
}

function lineOf(number: number, values: RowValues, columns: Columns): string {
  const cells = columns.map(({ name, type }) => cellOf(values[name] ?? null, type));
  return `${[number, ...cells].join(",")}\n`;
}

/** A value as CSV: nothing for none, everything else in quotes. */
function cellOf(value: RowValues[string], type: IrType): string {
  if (value === null) return "";
  const text = type.name === "json" || typeof value === "object" ? JSON.stringify(value) : String(value);
  return `"${(type.name === "binary" ? hexOf(text) : text).replaceAll('"', '""')}"`;
}

/** Hexadecimal digits of bytes as the engine writes them out: printable ones as they are, others as \xAB. */
function hexOf(text: string): string {
  const bytes = [...text.matchAll(/\\x([0-9A-Fa-f]{2})|([\s\S])/g)];
  return bytes.map(([, code, plain = ""]) => code ?? Buffer.from(plain, "latin1").toString("hex")).join("");
}
