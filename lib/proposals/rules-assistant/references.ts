import { columnMeant, type Names } from "./names.ts";

const NEW_NAME =
  /\b(?:rename|call|name)\b.*?\b(?:to|as|->)\s+["'`]?([A-Za-z_]\w*)["'`]?|\b(?:new |computed )?(?:column|field) (?:called |named )?["'`]?([A-Za-z_]\w*)["'`]?(?= (?:=|with|as|that|from|:))/gi;
const CLAUSE_END = /[.;!?\n]|,|\b(?:and then|then|after that|also|plus)\b/gi;

/**
 * The columns that a message was about before a place: those that the last clause with any names, by their new names
 * where it gave them one.
 */
export function columnsBefore(text: string, names: Names): string[] {
  const clauses = text.split(CLAUSE_END).map((clause) => clause ?? "");
  for (const clause of clauses.reverse()) {
    const given = [...clause.matchAll(NEW_NAME)].map((match) => match[1] ?? match[2] ?? "");
    if (given.length > 0) return given;
    const words = clause.match(/"[^"]+"|[A-Za-z_]\w*/g) ?? [];
    const found = words.flatMap((word) => columnMeant(names, word.replaceAll('"', "")) ?? []);
    if (found.length > 0) return [...new Set(found)];
  }
  return [];
}

const ONE =
  /\b(?:it|that column|this column|the same column|that field|this field|the column|that one|this one)\b(?! ?(?:if|is fails))/i;
const SEVERAL =
  /\b(?:both of them|both columns|both|them all|all of them|them|those columns|these columns|those|these|they)\b/i;

/** A clause with the columns that "it", "that column" or "both" stand for; undefined where that is not clear. */
export function withReferences(clause: string, named: () => readonly string[]): string | undefined {
  const one = ONE.test(clause);
  const several = SEVERAL.test(clause);
  if (!one && !several) return undefined;
  const about = named();
  if (about.length === 1 && one) return clause.replace(ONE, about[0] ?? "");
  if (about.length > 1 && several) return clause.replace(SEVERAL, about.join(" and "));
  return undefined;
}

const REPEATED =
  /\b(?:rename|call|cast|convert|mask|hash|redact|drop|remove|trim|lowercase|uppercase|round|fill)\b/gi;

/** A clause that begins with a column and has no verb of its own, with the one before: "rename a to b and c to d". */
export function withVerb(clause: string, before: string, names: Names): string | undefined {
  const [first = ""] = clause.split(/\s/);
  if (columnMeant(names, first.replaceAll('"', "")) === undefined) return undefined;
  const verb = before.match(REPEATED)?.at(-1);
  return verb && `${verb} ${clause}`;
}

const TOPIC =
  /^(?:the |for |on |column )*("[^"]+"|[A-Za-z_]\w*(?:(?:, | and )[A-Za-z_]\w*)*)(?: column)?\s*(?::| - )\s*(.+)$/i;

/** What a clause may mean that begins with its columns: "email: mask it", "status: map 1 to open", "order_id: not null". */
export function withTopic(clause: string, names: Names): string[] {
  const [, topic = "", rest = ""] = TOPIC.exec(clause) ?? [];
  const columns = topic.split(/, | and /).map((word) => columnMeant(names, word.replaceAll('"', "")));
  if (!rest || !columns.every((column) => column !== undefined)) return [];
  const list = columns.join(" and ");
  const [first = "", ...others] = rest.split(" ");
  const about = withReferences(rest, () => columns) ?? [];
  return [
    about,
    `${list} ${rest}`,
    `${first} ${list} ${others.join(" ")}`.trim(),
    `${first} ${list}: ${others.join(" ")}`,
  ].flat();
}
