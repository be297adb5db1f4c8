import type { Stream } from "#lib/connectors/schema.ts";
import type { PickedStream, Setup } from "../state.ts";
import { targetTable, usualSchema, usualTitle } from "./table-names.ts";

/** How a stream is kept up to date: what its rows do to the table, in the words of a pipeline. */
export type Load = "truncate" | "upsert" | "append";

/** True for a column's name that a pipeline can hold. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
const usable = (column: string): boolean => column.length <= 128 && /^[^\u0000-\u001f\u007f]+$/.test(column);

/** The columns that can tell what is new, best first. */
export const cursorsOf = (stream: Pick<Stream, "cursorFields">): string[] =>
  stream.cursorFields.filter(usable);

/** The key by which rows are told apart; none where nothing would be left to update, or a name cannot be held. */
export function keyOf(stream: Pick<Stream, "primaryKey" | "columns">): string[] {
  const key = stream.primaryKey;
  if (key.length === 0 || key.length > 200 || !key.every(usable)) return [];
  return stream.columns.length > 0 && stream.columns.every(({ name }) => key.includes(name)) ? [] : [...key];
}

/** True if only what is new can be read of it. */
export const canBeIncremental = (stream: Pick<Stream, "kind" | "syncModes" | "cursorFields">): boolean =>
  stream.kind !== "files" && stream.syncModes.includes("incremental") && cursorsOf(stream).length > 0;

/** What its rows do to the table. */
export function loadOf(stream: Pick<PickedStream, "syncMode" | "primaryKey" | "columns">): Load {
  if (stream.syncMode === "full_refresh") return "truncate";
  return keyOf(stream).length > 0 ? "upsert" : "append";
}

/** Makes sure that a conversation has a title and a schema. */
export function withNames(setup: Setup): Setup & { title: string; targetSchema: string } {
  const title = setup.title ?? usualTitle(setup);
  return { ...setup, title, targetSchema: setup.targetSchema ?? usualSchema(title) };
}

/**
 * The streams as they would be kept: incremental by the best cursor where there is one, else everything each time. What
 * was decided about one before stays, as long as it is still possible.
 */
export function proposeStreams(
  streams: readonly Stream[],
  schema: string,
  before: readonly PickedStream[],
): PickedStream[] {
  const decided = new Map(before.map((one) => [one.name, one]));
  const taken = new Set(streams.flatMap(({ name }) => decided.get(name)?.table ?? []));
  return streams.map(({ bytes: _bytes, note: _note, ...stream }) => {
    const old = decided.get(stream.name);
    const able = canBeIncremental(stream);
    const syncMode =
      able && (old?.syncMode ?? "incremental") === "incremental" ? "incremental" : "full_refresh";
    const cursors = cursorsOf(stream);
    const cursor = old?.cursorField && cursors.includes(old.cursorField) ? old.cursorField : cursors[0];
    const table = old?.table ?? targetTable(stream.name, schema, taken);
    taken.add(table);
    return {
      ...stream,
      syncMode,
      table,
      ...(syncMode === "incremental" && cursor && { cursorField: cursor }),
    };
  });
}
