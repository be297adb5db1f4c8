import { fileFormatOf } from "#lib/ir/index.ts";
import type { FileFormat } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import type { OpenedFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { checkHeader, firstRecord } from "./first-record.ts";
import { inferType } from "./infer-types.ts";
import { jsonSample } from "./json-sample.ts";
import { parquetSample } from "./parquet-sample.ts";
import { textChunks } from "./text-stream.ts";

/** What a bounded look into a file tells. Types are names as in an IR. */
export type InspectedFile = {
  format: FileFormat;
  header: boolean;
  delimiter?: string;
  columns: { name: string; type: string }[];
  sampleRows: Record<string, string | null>[];
  bytes: number;
};

const DELIMITERS = [",", ";", "\t", "|"];

/**
 * Looks at the beginning of an open file: its format, delimiter, columns and the types that hold every sampled value.
 * @param shownAs what messages call it; default: its name.
 * @param format where the name does not tell it; default csv.
 * @param rows look for the first rows also where they are far from what tells the columns, as in a large Parquet file.
 * @throws DataError if it cannot be read, or is no such file as its name says.
 */
export async function inspectOpenedFile(
  file: OpenedFile,
  {
    shownAs = file.name,
    format: given,
    rows,
  }: { shownAs?: string; format?: FileFormat; rows?: boolean } = {},
): Promise<InspectedFile> {
  const { bytes } = file;
  const format = given ?? fileFormatOf(file.name).format ?? "csv";
  if (format === "parquet") return { format, header: false, ...(await parquetSample(file, rows)), bytes };
  const { text, complete } = await beginning(file);
  if (text === "") throw new DataError("empty_file", `"${shownAs}" is empty`);
  if (format === "json" || format === "jsonl")
    return { format, header: false, ...jsonSample(format, text, complete, shownAs), bytes };
  const delimiters = format === "tsv" ? ["\t"] : DELIMITERS;
  return { format, ...delimitedSample(file.name, text, complete, delimiters), bytes };
}

async function beginning(file: OpenedFile): Promise<{ text: string; complete: boolean }> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of textChunks(file, undefined)) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length >= limits.inspectBytes) return { text, complete: false };
  }
  return { text, complete: true };
}

function delimitedSample(name: string, text: string, complete: boolean, delimiters: readonly string[]) {
  const read = delimiters.map((delimiter) => ({ delimiter, records: recordsOf(text, complete, delimiter) }));
  // The delimiter that cuts every sampled row into the same, largest number of fields.
  const score = ({ records }: (typeof read)[number]) => {
    const width = records[0]?.fields.length ?? 0;
    return records.every(({ fields }) => fields.length === width) ? width : 0;
  };
  const best = read.reduce((left, right) => (score(right) > score(left) ? right : left));
  const [head, ...rows] = best.records;
  const names = head?.fields ?? [];
  checkHeader(name, names);
  const values = rows.map(({ fields }) => names.map((_, at) => (fields[at] === "" ? undefined : fields[at])));
  return {
    header: true,
    delimiter: best.delimiter,
    columns: names.map((column, at) => ({
      name: column,
      type: inferType(values.map((row) => row[at])) as string,
    })),
    sampleRows: values
      .slice(0, limits.previewSample)
      .map((row) => Object.fromEntries(names.map((column, at) => [column, row[at] ?? null]))),
  };
}

function recordsOf(text: string, complete: boolean, delimiter: string) {
  const records: { fields: string[]; length: number }[] = [];
  let rest = text;
  while (rest !== "" && records.length < 1 + limits.previewRows) {
    const record = firstRecord(rest, { delimiter, quote: '"' }, complete);
    if (!record) break;
    rest = rest.slice(record.length);
    if (record.fields.length > 1 || record.fields[0] !== "") records.push(record);
  }
  return records;
}
