import { parseTableName } from "#lib/ir/index.ts";
import type { Recogniser } from "../draft.ts";
import type { Names } from "../names.ts";
import { unquoted } from "../say.ts";

/** Words around the places of an ingestion. Whatever else stands there, a condition above all, is not understood. */
const AROUND = new Set(
  (
    "a all also an and another any as at be build bring called can copy could create csv data daily define do dump each every " +
    "feed fetch file files folder for from get go goes grab have here hourly i import in ingest ingestion inside into is it " +
    "its job json jsonl kindly land lands live lives load located me monthly move my need new nightly of onto our out over " +
    "parquet pipeline place please pull put read replicate rows saved schema set should show source store sync table tables take " +
    "target that the them there this to transfer tsv under up us want we weekly which will with would write you your like so end ends is are " +
    "-> => destination add ingesting loading connection database located named import imports loads reads writes out just start everything contents content too well"
  ).split(" "),
);
/** Begins a question about an ingestion, which is no wish. */
const DOUBT =
  /^(?:should|shall|would|will|could|can|do|does|did|is|are|was|were|have|has|what|which|where|like)\b|\bwould you\b.*\?/i;
const OFTEN = /\b(?:daily|hourly|weekly|nightly|monthly)\b/i;
const FORMAT = /\b(csv|tsv|jsonl|json|parquet)s?\b/i;
/** What stands before the table that is loaded; before a file it would be an export. */
const TO = new Set(["to", "->", "=>", "into", "onto", "target", "destination"]);
const MAYBE_TO = new Set(["in", "as", "table"]);

/**
 * An ingestion by its places, in any order of words: one file or one table of a saved source, one table that it goes
 * to, and nothing else than words of loading. It is put as "load … into …", which the edits of ingestion understand.
 */
export function ingestionOf(clause: string, names: Names, recognise: Recogniser) {
  if (DOUBT.test(clause)) return undefined;
  const tokens = clause.split(/[\s,:;?()]+/).filter(Boolean);
  if (tokens.length < 4) return undefined;
  const places: string[] = [];
  const tables: { name: string; to: number }[] = [];
  let source: string | undefined;
  for (const [at, token] of tokens.entries()) {
    const word = unquoted(token.replace(/\.$/, ""));
    const before = (tokens[at - 1] ?? "").toLowerCase();
    const saved = names.sources.find((name) => name.toLowerCase() === word.toLowerCase());
    if (word.includes("/") && !word.includes("://")) {
      if (TO.has(before)) return undefined;
      places.push(word);
    } else if (saved) {
      if (source && source !== saved) return undefined;
      source = saved;
    } else if (/^\w+\.\w+$/.test(word) && parseTableName(word))
      tables.push({ name: word, to: TO.has(before) ? 2 : MAYBE_TO.has(before) ? 1 : 0 });
    else if (!AROUND.has(word.toLowerCase()) && !FORMAT.test(word)) return undefined;
  }
  const format = FORMAT.exec(tokens.filter((token) => !token.includes("/")).join(" "))?.[1] ?? "";
  const often = OFTEN.exec(clause)?.[0];
  const [first, second, third] = tables;
  const begin = often ? `add a ${often} load of` : "load";
  if (places.length === 1 && first && !second) {
    const path = places[0] ?? "";
    const begun = format && !source && !/[*{]/.test(path) ? `${begin} ${format}` : begin;
    return recognise(`${begun} ${path}${source ? ` from ${source}` : ""} into ${first.name}`);
  }
  const read = source ?? (names.read.length === 1 ? names.read[0] : undefined);
  if (places.length > 0 || third || !first || !second || !read || first.to === second.to) return undefined;
  const [goal, from] = first.to > second.to ? [first, second] : [second, first];
  return recognise(`${begin} ${from.name} from ${read} into ${goal.name}`);
}
