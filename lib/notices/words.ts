import { ownWords } from "#lib/connectors/index.ts";
import { redactText } from "#lib/redact.ts";

/** Longest that a stranger's words are quoted. */
const QUOTED = 300;

/** What an outside system, or the road to it, says of a failure: in one line, without secrets. */
export function wordsOf(error: unknown): string {
  const text = redactText(ownWords(error))
    .replaceAll("\u0000", " ")
    .replace(/\s+/g, " ")
    .toWellFormed()
    .trim();
  return text.length > QUOTED ? `${text.slice(0, QUOTED)}…` : text;
}
