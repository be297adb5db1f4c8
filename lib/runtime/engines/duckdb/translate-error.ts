import { DataError, isDataError } from "#lib/connectors/index.ts";
import { messageOf } from "#lib/errors.ts";
import { redactText } from "#lib/redact.ts";
import { FATAL_MARK, type Fate } from "./chain.ts";

/** What is known about the query that failed. */
export type QueryPlace = {
  nodeIds: readonly string[];
  fates: readonly Fate[];
  sourceId?: string;
  headerLines?: number;
};

/** Turns an engine's error into one of ours: the node, rule and row where it knows them, no SQL, no data of others. */
export function translateError(error: unknown, place: QueryPlace): unknown {
  if (isDataError(error)) return error;
  const text = messageOf(error);
  const code = (error as NodeJS.ErrnoException)?.code;
  if (/No space left on device|max_temp_directory_size|failed to offload/i.test(text) || code === "ENOSPC")
    return new DataError("disk_full", "There is no space left on the disk for the run's working files", {
      retryable: true,
    });
  const fatal = fatalRow(text, place.fates);
  if (fatal) return fatal;
  const nodeId = place.sourceId;
  if (/CSV|Maximum line size|invalid state/i.test(text) && nodeId)
    return csvError(text, nodeId, place.headerLines ?? 0);
  if (/Malformed JSON|JSON/i.test(text) && nodeId)
    return new DataError("bad_json", firstLine(text).replace(/"\/[^"]*"/g, "the file"), { nodeId });
  if (/Parquet|parquet|magic bytes/i.test(text) && nodeId)
    return new DataError("corrupt_file", "The Parquet file is damaged or is none", { nodeId });
  if (/Out of Memory/i.test(text))
    return new DataError("out_of_memory", "The run needs more memory than one run may use", {
      nodeId: place.nodeIds.at(-1),
    });
  return new DataError("engine_error", firstLine(text), {
    nodeId: place.nodeIds.length === 1 ? place.nodeIds[0] : undefined,
  });
}

const firstLine = (text: string) => redactText((text.split("\n")[0] ?? "").slice(0, 400));

function fatalRow(text: string, fates: readonly Fate[]): DataError | undefined {
  const at = text.indexOf(FATAL_MARK);
  if (at < 0) return undefined;
  const body = text.slice(at + FATAL_MARK.length);
  const match = /^\{"d":(\d+),"n":(\d+),"v":(null|"(?:[^"\\]|\\.)*")\}/s.exec(body);
  const fate = fates.find(({ id }) => id === Number(match?.[1]));
  if (!match || !fate) return new DataError("row_failed", "A row does not hold a rule");
  const row = Number(match[2]);
  const value: unknown = JSON.parse(match[3] ?? "null");
  const shown = value === null ? "it is empty" : `it is "${redactText(String(value)).slice(0, 60)}"`;
  return new DataError("row_failed", `${row > 0 ? `Row ${row}: ` : ""}${fate.reason}; ${shown}`, {
    nodeId: fate.nodeId,
    rule: fate.rule,
    row: row > 0 ? row : undefined,
  });
}

function csvError(text: string, nodeId: string, headerLines: number): DataError {
  const line = Number(/Error on Line: (\d+)/.exec(text)?.[1] ?? Number.NaN) + headerLines;
  const where = Number.isNaN(line) ? "" : `Line ${line}: `;
  const width = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
  if (width) {
    const message = `${where}the row has ${width[2]} columns, the header ${width[1]}`;
    return new DataError("ragged_row", message, {
      nodeId,
      row: Number.isNaN(line) ? undefined : line - headerLines,
    });
  }
  if (/unterminated quote/i.test(text))
    return new DataError("unclosed_quote", `${where}a quoted value is not closed, or text follows its end`, {
      nodeId,
    });
  if (/Maximum line size/i.test(text))
    return new DataError("line_too_long", `${where}the row is longer than a row may be`, { nodeId });
  if (/invalid state/i.test(text))
    return new DataError(
      "bad_csv",
      "The line ends are mixed (CR LF and LF), or a quote is in the wrong place",
      {
        nodeId,
        hint: "Write the file with one kind of line end",
      },
    );
  if (/unicode/i.test(text))
    return new DataError("bad_encoding", `${where}the text is not UTF-8`, { nodeId });
  return new DataError("bad_csv", `${where}${firstLine(text)}`, { nodeId });
}
