import path from "node:path";
import { DataError } from "#lib/connectors/index.ts";
import { fileFormatOf } from "#lib/ir/index.ts";
import { openCopied } from "./copied-source.ts";
import { openDelimited } from "./delimited-source.ts";
import type { OpenedSource, ReadOptions } from "./opened-source.ts";

/** Opens a file source: finds its files, reads the header, and builds the query that types its rows. */
export async function openSource(options: ReadOptions): Promise<OpenedSource> {
  const { store, step, now } = options;
  const files = await store.list(step.config, now);
  const first = files[0];
  if (!first) throw new DataError("no_files", "There is no file to read");
  const format = step.config.format?.type ?? fileFormatOf(first.path).format;
  if (!format)
    throw new DataError(
      "unknown_format",
      `The format of "${path.basename(first.path)}" cannot be told from its name`,
      {
        hint: 'Set "format.type"',
      },
    );
  const totalBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const progress = { bytes: 0, totalBytes, text: 0, rowBytes: 0 };
  const paths = files.map((file) => file.path);
  if (format === "csv" || format === "tsv") return openDelimited(options, format, paths, progress);
  return openCopied(options, format, paths, progress);
}
