import { parseExpression, sqlIdentifier } from "#lib/ir/index.ts";

export { whole } from "#lib/ir/index.ts";

/** A column as people write it: a plain name, or anything in quotes. */
export const COLUMN = "(?:\"[^\"]+\"|'[^']+'|`[^`]+`|[A-Za-z_][A-Za-z0-9_]*)";
/** Several of them: "a, b and c". */
export const COLUMNS = `${COLUMN}(?:(?:\\s*,\\s*(?:and\\s+)?|\\s+and\\s+|\\s*&\\s*)${COLUMN})*`;
/** An optional "the column(s)". */
export const THE_COLUMN = "(?:the\\s+)?(?:(?:columns?|fields?)\\s+)?";

/** Words that are never a column's name unless quoted: they mean that something else was meant. */
const NOT_A_COLUMN = new Set(
  (
    "a all also an and any anything as at be but by column columns data duplicate duplicates each else empty every " +
    "everything field fields for from if in into invalid is it its missing must node nodes not null nulls of on one or " +
    "other otherwise out pipeline row rows run should some something step table that the them then there these they " +
    "this those to value values what when where which with schedule target source everywhere nothing old new " +
    "hourly daily weekly monthly nightly please upsert append truncate otherwise"
  ).split(" "),
);

/** Words that begin another wish: after a comma they are no column unless quoted ("key id, refresh daily"). */
export const COMMANDS =
  /^(?:refresh|run|load|mask|hash|drop|rename|cast|remove|delete|filter|sync|import|ingest|retry|deduplicate|dedupe|trim|round|split|merge|join|warn|abort|quarantine|fail|set|add|use|make|write)$/i;

/** A column's name without its quotes, or undefined for a word that cannot be one. */
export function columnName(text: string): string | undefined {
  const quoted = /^(["'`])(.*)\1$/.exec(text.trim());
  if (quoted) return quoted[2];
  const name = text.trim();
  return NOT_A_COLUMN.has(name.toLowerCase()) ? undefined : name;
}

const LISTED = new RegExp(`(?:^|,|\\band\\b|&)\\s*(?:and\\s+)?(${COLUMN})`, "gi");

/** The names in a list, or undefined if one of them cannot be a column. */
export function columnNames(text: string): string[] | undefined {
  const found = [...text.matchAll(LISTED)];
  if (found.some((match, at) => at > 0 && COMMANDS.test(match[1] ?? ""))) return undefined;
  const names = found.map((match) => columnName(match[1] ?? ""));
  return names.length > 0 && names.every((name) => name !== undefined) ? (names as string[]) : undefined;
}

/** A number as people write it: 1000, 1,000, 1.5, -3, 10k, "one hundred" is none. */
export const NUMBER = "-?\\d{1,3}(?:,\\d{3})+(?:\\.\\d+)?|-?\\d+(?:\\.\\d+)?k?";

/** That number, or NaN. */
export function numberOf(text: string): number {
  const plain = text.replaceAll(",", "").toLowerCase();
  return plain.endsWith("k") ? Number(plain.slice(0, -1)) * 1000 : Number(plain);
}

/** Names in a sentence: a, b and c. */
export function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** A column as an expression names it: quoted only where it has to be. */
export function columnExpression(name: string): string {
  const bare =
    /^[a-z_][a-z0-9_]*$/.test(name) && !/^(?:true|false|null)$/.test(name) && parseExpression(name).ok;
  return bare ? name : sqlIdentifier(name);
}
