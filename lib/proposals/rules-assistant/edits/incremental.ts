import type { TableSourceNode, TargetNode } from "#lib/ir/schema.ts";
import { CannotDo, type Draft, type Recogniser, targetOf } from "../draft.ts";
import { COLUMN, columnName, THE_COLUMN, whole } from "../words.ts";
import { sourceOf } from "./lanes.ts";

const CURSOR = whole(
  `(?:use|take) ${THE_COLUMN}(?<a>${COLUMN}) as (?:the |its )?(?:cursor|watermark)(?: field| column)?(?: instead)?|(?:the |its )?(?:cursor|watermark)(?: field| column)?(?: is| should be|:) ${THE_COLUMN}(?<b>${COLUMN})|(?:set|change) (?:the |its )?(?:cursor|watermark)(?: field| column)? to ${THE_COLUMN}(?<c>${COLUMN})`,
);

/** "use created_at as the cursor": of a table that is read incrementally. */
export const cursor: Recogniser = (clause) => {
  const { a, b, c } = CURSOR.exec(clause)?.groups ?? {};
  const name = columnName(a ?? b ?? c ?? "");
  if (!name) return undefined;
  return (draft) => {
    const target = targetOf(draft);
    const source = tableSourceOf(draft, target);
    if (source?.config.syncMode !== "incremental")
      throw new CannotDo(`${target.id} is not loaded incrementally. Say "load only new rows by ${name}".`);
    source.config.cursorField = name;
    return `${source.id} reads what is new by ${name}.`;
  };
};

/** The table that a target is loaded from, where it is one table of a saved source. */
export function tableSourceOf(draft: Draft, target: TargetNode): TableSourceNode | undefined {
  const source = sourceOf(draft, target);
  return source && "stream" in source.config ? (source as TableSourceNode) : undefined;
}

/** Reads only what is new of a table; it is merged by its key, or added where none is known. */
export function readNew(source: TableSourceNode, target: TargetNode, column: string): string {
  source.config.syncMode = "incremental";
  source.config.cursorField = column;
  if (target.loadMode !== "upsert") {
    const key = source.config.primaryKey;
    target.loadMode = key ? "upsert" : "append";
    if (key) target.upsertKey = [...key];
  }
  delete target.allowEmpty;
  const how = target.upsertKey ? `merges it by ${target.upsertKey.join(", ")}` : "adds it";
  return `${source.id} reads only rows whose ${column} is greater than the greatest so far; ${target.id} ${how}.`;
}

/** A table that is emptied before each load must be read whole, and may then be empty. */
export function readWhole(source: TableSourceNode, target: TargetNode): void {
  source.config.syncMode = "full_refresh";
  delete source.config.cursorField;
  target.allowEmpty = true;
}
