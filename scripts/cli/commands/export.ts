import { writeFileSync } from "node:fs";
import { formatOfFile } from "#lib/parse-document.ts";
import { wholeNumber } from "../arguments.ts";
import { EXIT, type Exit, UsageError } from "../exit.ts";
import type { Session } from "../session.ts";

/** Writes a pipeline to a file, or to the output. */
export async function exportFile(session: Session): Promise<Exit> {
  const { output, format: named, version: asked, json } = session.options;
  const format = named ?? (output ? formatOfFile(output) : undefined) ?? "yaml";
  if (format !== "yaml" && format !== "json") throw new UsageError("--format is yaml or json");
  const version = wholeNumber("version", asked);
  const id = session.operands[0] ?? "";
  const file = await session.server().pipelines.export(id, { format, ...(version ? { version } : {}) });
  if (output) {
    writeOut(output, file.text);
    session.complain(`${output}: ${id}, version ${file.version}`);
  } else if (!json) session.write(file.text);
  session.give({ id, version: file.version, format, ...(output ? { file: output } : { text: file.text }) });
  return EXIT.ok;
}

function writeOut(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`${file}: cannot be written (${(error as NodeJS.ErrnoException).code ?? "error"})`);
  }
}
