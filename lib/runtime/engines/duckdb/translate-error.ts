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
  files?: number;
};

/** Turns an engine's error into one of ours: the node, rule and row where it knows them, no SQL, no data of others. */
export function translateError(error: unknown, place: QueryPlace): unknown {
  if (isDataError(error) || error instanceof TypeError || error instanceof RangeError) return error;
  const full = diskFull(error);
  if (full) return full;
  const text = messageOf(error);
  const fatal = fatalRow(text, place.fates);
  if (fatal) return fatal;
  const nodeId = place.sourceId;
  if (/CSV|Maximum line size|invalid state/i.test(text) && nodeId)
    return csvError(text, nodeId, place.headerLines ?? 0, place.files ?? 1);
  if (/Malformed JSON|JSON/i.test(text) && nodeId) return jsonError(text, nodeId);
  if (/Parquet|parquet|magic bytes|file size/i.test(text) && nodeId)
    return new DataError("corrupt_file", "The Parquet file is damaged or is none", { nodeId });
  if (/Out of Memory/i.test(text))
    return new DataError("out_of_memory", "The run needs more memory than one run may use", {
      nodeId: place.nodeIds.at(-1),
      hint: "Filter rows or drop columns before this node, or group by something with fewer values",
    });
  // The source only delivered the rows; what the engine could not compute stands in a node after it.
  const nodes = place.nodeIds.filter((id) => id !== place.sourceId);
  const [only, ...others] = nodes.length > 0 ? nodes : place.nodeIds;
  return new DataError("engine_error", said(text), {
    nodeId: others.length === 0 ? only : undefined,
    hint: others.length === 0 ? HINT : `It is in one of the nodes ${nodes.join(", ")}. ${HINT}`,
  });
}

const HINT = "Cast the columns to the types that the expression needs, with onError null or quarantine";

/** The engine's sentence without the name that it gives to its kind of error. */
const said = (text: string) => firstLine(text).replace(/^[A-Z][A-Za-z ]{2,30} Error: /, "");

/** The error of a disk without space, if that is what an error says. */
function diskFull(error: unknown): DataError | undefined {
  const said = /No space left on device|max_temp_directory_size|failed to offload/i.test(messageOf(error));
  if (!said && (error as NodeJS.ErrnoException)?.code !== "ENOSPC") return undefined;
  return new DataError("disk_full", "There is no space left on the disk for the run's working files", {
    retryable: true,
    hint: "Free space on the disk of the data folder, then run again: nothing was loaded by this target",
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

/** The engine counts JSON values from 2. */
function jsonError(text: string, nodeId: string): DataError {
  const [, counted, what = ""] = /in (?:line|record\/value) (\d+): ([^.]*)/.exec(text) ?? [];
  if (counted === undefined)
    return new DataError("bad_json", "The file holds text that is not JSON", { nodeId });
  const row = Number(counted) - 1;
  return new DataError("bad_json", `Row ${row} is not JSON: ${what}`, {
    nodeId,
    row,
    hint: "Mend the row in the file; it may have been cut off",
  });
}

const values = (count = "") => (count === "1" ? "1 value" : `${count} values`);

function csvError(text: string, nodeId: string, headerLines: number, files: number): DataError {
  const line = Number(/Error on Line: (\d+)/.exec(text)?.[1] ?? Number.NaN) + headerLines;
  const row = Number.isNaN(line) ? undefined : line - headerLines;
  const counted = files > 1 ? `Row ${row} of the ${files} files, one after another: ` : `Line ${line}: `;
  const where = row === undefined ? "" : counted;
  const width = /Expected Number of Columns: (\d+) Found: (\d+)/.exec(text);
  if (width) {
    const message = `${where}the row has ${values(width[2])}; ${width[1]} are wanted, as many as there are columns`;
    return new DataError("ragged_row", message, {
      nodeId,
      hint: "Mend the row in the file; if it holds the delimiter in a value, the value must stand in quotes",
      row,
    });
  }
  if (/unterminated quote/i.test(text))
    return new DataError("unclosed_quote", `${where}a quoted value is not closed, or text follows its end`, {
      nodeId,
      hint: 'A quote inside a quoted value is written twice; set "format.quote" if the file quotes otherwise',
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
