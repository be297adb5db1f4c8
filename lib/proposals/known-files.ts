import { inspectFile, isDataError, listFiles } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { formatIrType, isFileSource, parseIrType } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { limits } from "#lib/limits.ts";
import { redactText } from "#lib/redact.ts";
import { anyDate, type FilePlace, filePlace, folderProblem, withPatterns } from "./file-place.ts";
import type { KnownColumns, KnownFile } from "./prompt-document.ts";

const PATH =
  /(?:^|[\s"'`(=])(?:(?<=")((?:\.?\.?\/|\.data\/)[^"\n]+)(?=")|(?<=')((?:\.?\.?\/|\.data\/)[^'\n]+)(?=')|((?:\.?\.?\/|\.data\/)[^\s"'`,;()]+))/g;

/** Paths that a message names, in their order, each once: absolute ones and those that begin with a dot. */
export function pathsIn(message: string): string[] {
  const found = [...message.matchAll(PATH)].map(
    (match) => match[1] ?? match[2] ?? (match[3] ?? "").replace(/[.?!:]+$/, ""),
  );
  return [...new Set(found)].filter((path) => path.length > 1).slice(0, limits.proposalFiles);
}

/** Looks into the files that a message names or means. One that cannot be read is told as such, and why. */
export async function knownFiles(ctx: Ctx, message: string): Promise<KnownFile[]> {
  return Promise.all(pathsIn(withPatterns(message)).map((path) => look(ctx.tenant, path)));
}

async function look(tenant: string, path: string): Promise<KnownFile> {
  try {
    const place = filePlace(path);
    if ("problem" in place) return { path, readable: false, why: place.problem };
    const example = await exampleOf(tenant, place);
    const file = await inspectFile({ tenant, path: example });
    const { format, header, delimiter } = file;
    const columns = file.columns.map(({ name, type }) => ({ name, type: irType(type) }));
    const shown = place.pattern ? { example } : {};
    return { path, readable: true, format, columns, header, delimiter, ...shown };
  } catch (error) {
    const code = isDataError(error) ? error.code : "";
    const said = isAppError(error) || error instanceof Error ? messageOf(error) : "it could not be read";
    const why = code === "path_is_folder" ? folderProblem(path) : said;
    const forbidden = FORBIDDEN.has(code);
    return {
      path,
      readable: false,
      why: redactText(why).slice(0, 300),
      ...(forbidden ? { forbidden: true as const } : {}),
    };
  }
}

/** No run may ever read such a path: it is not merely missing today. */
const FORBIDDEN: ReadonlySet<string> = new Set(["path_outside_roots", "path_refused", "path_is_folder"]);

/** The file to look into: the one named, or of those that a pattern finds the one changed last. */
async function exampleOf(tenant: string, place: FilePlace): Promise<string> {
  if (!place.pattern) return place.path;
  const config = { ...anyDate(place), ordering: "latest_by_mtime" as const };
  const [latest] = await listFiles({ tenant, config });
  return latest?.path ?? place.path;
}

/**
 * Columns of the file sources that declare none, as found at the beginning of their files. A file that cannot be read,
 * or is written otherwise than the source says, tells nothing.
 */
export async function knownColumns(ctx: Ctx, ir: PipelineIr): Promise<KnownColumns> {
  const found = await Promise.all(
    ir.nodes
      .filter((node) => node.kind === "source")
      .filter(isFileSource)
      .filter((node) => node.connector === "local_fs" && node.sourceRef === undefined)
      .filter((node) => !node.config.format?.columns && node.config.path)
      .slice(0, limits.proposalFiles)
      .map(async ({ id, config: { path = "", pattern, format } }) => {
        try {
          const file = await inspectFile({
            tenant: ctx.tenant,
            path: await exampleOf(ctx.tenant, { path, pattern }),
          });
          const same =
            (format?.type ?? file.format) === file.format &&
            format?.header !== false &&
            (format?.delimiter ?? file.delimiter) === file.delimiter;
          return same ? ([id, file.columns] as const) : undefined;
        } catch {
          return undefined;
        }
      }),
  );
  const entries = found.flatMap((one) => {
    if (!one || one[1].length === 0) return [];
    return [[one[0], one[1].map(({ name, type }) => ({ name, type: irType(type) }))] as const];
  });
  return Object.fromEntries(entries);
}

function irType(type: string): string {
  const parsed = parseIrType(type);
  return parsed.ok ? formatIrType(parsed.type) : "string";
}
