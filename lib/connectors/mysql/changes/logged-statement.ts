import type { LoggedStatement } from "./log-events.ts";

/** The table that is followed. `caseless`: the server takes names in capitals and small letters for one. */
export type FollowedTable = { database: string; table: string; caseless: boolean };

/** What a statement in the log means for a table. `added`: it only got columns that older rows have NULL in. */
export type Effect = "none" | "truncated" | "added" | "changed";

type Token = { kind: "word" | "name" | "text" | "sign"; text: string };

/** Comments of both kinds, except those that the server executes; quoted names and texts; words; single signs. */
const TOKENS =
  /\/\*(?![!M])[\s\S]*?\*\/|(?:--(?=\s|$)|#)[^\n]*|\/\*M?!\d*|\*\/|`((?:[^`]|``)*)`|'((?:[^'\\]|''|\\.)*)'|"((?:[^"\\]|""|\\.)*)"|([\p{L}\p{N}_$@]+)|(\S)/gsu;

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  for (const [, name, text, quoted, word, sign] of sql.matchAll(TOKENS)) {
    if (name !== undefined) tokens.push({ kind: "name", text: name.replaceAll("``", "`") });
    else if (quoted !== undefined) tokens.push({ kind: "name", text: quoted.replaceAll('""', '"') });
    else if (text !== undefined) tokens.push({ kind: "text", text });
    else if (word !== undefined) tokens.push({ kind: "word", text: word });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign });
  }
  return tokens;
}

const says = (token: Token | undefined, ...words: string[]) =>
  token?.kind === "word" && words.includes(token.text.toUpperCase());
const isSign = (token: Token | undefined, sign: string) => token?.kind === "sign" && token.text === sign;

/** What the first words of a statement are, in capitals: enough to tell the ends of transactions. */
export const firstWords = (sql: string): string =>
  (/^[\s;]*([a-z]+(?:\s+[a-z]+)?)/i.exec(sql)?.[1] ?? "").toUpperCase().replace(/\s+/g, " ");

/** What a logged statement does to a table. What is not understood counts as a change as soon as it names the table. */
export function effectOf({ database, sql }: LoggedStatement, followed: FollowedTable): Effect {
  const tokens = tokensOf(sql);
  const is = (name: string, wanted: string) =>
    followed.caseless ? name.toLowerCase() === wanted.toLowerCase() : name === wanted;
  /** The places where the table is named, told by its last token. */
  const named = new Set<number>();
  for (const [i, { kind, text }] of tokens.entries()) {
    if (kind === "text" || kind === "sign" || !is(text, followed.table)) continue;
    const of = isSign(tokens[i - 1], ".") ? tokens[i - 2]?.text : database;
    if (of !== undefined && is(of, followed.database)) named.add(i);
  }
  const [first, second] = tokens;
  if (says(first, "DROP") && says(second, "DATABASE", "SCHEMA")) {
    return is(tokens.at(-1)?.text ?? "", followed.database) ||
      tokens.some((t) => is(t.text, followed.database))
      ? "changed"
      : "none";
  }
  if (named.size === 0) return "none";
  /** Whether the table is the one that stands behind so many words. */
  const at = (index: number) => named.has(index) || (isSign(tokens[index + 1], ".") && named.has(index + 2));
  if (says(first, "TRUNCATE")) return at(says(second, "TABLE") ? 2 : 1) ? "truncated" : "none";
  if (says(first, "ALTER")) return alteration(tokens, at, named);
  if (says(first, "CREATE")) return creation(tokens, at);
  if (says(first, "DROP")) return says(second, "TABLE", "TABLES") ? "changed" : "none";
  if (says(first, ...HARMLESS)) return "none";
  return "changed";
}

/** They change no rows, or do it by rows in the log. */
const HARMLESS = ["ANALYZE", "CHECK", "FLUSH", "GRANT", "OPTIMIZE", "REPAIR", "REVOKE", "LOCK", "SET"];

function creation(tokens: readonly Token[], at: (index: number) => boolean): Effect {
  const table = tokens.findIndex((token) => says(token, "TABLE"));
  const head = tokens.slice(1, Math.max(table, 1));
  if (table < 0 || head.some((token) => !says(token, "OR", "REPLACE"))) return "none";
  if (says(tokens[table + 1], "IF")) return "none";
  return at(table + 1) ? "changed" : "none";
}

function alteration(
  tokens: readonly Token[],
  at: (index: number) => boolean,
  named: ReadonlySet<number>,
): Effect {
  const table = tokens.findIndex((token) => says(token, "TABLE"));
  const head = tokens.slice(1, Math.max(table, 1));
  if (table < 0 || head.some((token) => !says(token, "ONLINE", "IGNORE", "OFFLINE"))) return "none";
  const name = table + (says(tokens[table + 1], "IF") ? 3 : 1);
  if (!at(name)) {
    // Another table's: its foreign key may name ours, and a partition may change places with it.
    return tokens.some((token) => says(token, "EXCHANGE", "RENAME")) ? "changed" : "none";
  }
  const last = [...named].find((index) => index >= name) ?? name;
  let effect: Effect = "none";
  for (const clause of clausesOf(tokens.slice(last + 1))) {
    const one = clauseEffect(clause);
    if (one === "changed") return one;
    if (one === "added") effect = one;
  }
  return effect;
}

/** Parts between commas that stand in no brackets. */
function clausesOf(tokens: readonly Token[]): Token[][] {
  const clauses: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isSign(token, "(")) depth++;
    if (isSign(token, ")")) depth--;
    if (depth === 0 && isSign(token, ",")) clauses.push([]);
    else clauses.at(-1)?.push(token);
  }
  return clauses.filter((clause) => clause.length > 0);
}

const KEYS = ["INDEX", "KEY", "UNIQUE", "FULLTEXT", "SPATIAL", "FOREIGN", "CHECK"];
const SETTINGS = [
  ...["ENGINE", "AUTO_INCREMENT", "COMMENT", "ROW_FORMAT", "ALGORITHM", "LOCK", "FORCE", "ENABLE", "DISABLE"],
  ...["STATS_PERSISTENT", "STATS_AUTO_RECALC", "STATS_SAMPLE_PAGES", "WAIT", "NOWAIT", "KEY_BLOCK_SIZE"],
];

function clauseEffect(clause: readonly Token[]): Effect {
  const [first, second] = clause;
  // ALTER here is a column's default: of rows to come.
  if (says(first, ...SETTINGS, "ALTER")) return "none";
  if (says(first, "DROP")) return says(second, ...KEYS, "CONSTRAINT") ? "none" : "changed";
  if (says(first, "RENAME")) return says(second, "INDEX", "KEY") ? "none" : "changed";
  if (!says(first, "ADD")) return "changed";
  const primary = clause.some((token) => says(token, "PRIMARY"));
  if (says(second, ...KEYS, "CONSTRAINT")) return primary ? "changed" : "none";
  // A column that is empty in the rows that are there; DEFAULT NULL is that, too.
  const filled = clause.some(
    (token, i) =>
      says(token, "PARTITION", "SYSTEM", "PERIOD", "PRIMARY", "AS", "GENERATED", "AUTO_INCREMENT") ||
      (says(token, "DEFAULT") && !says(clause[i + 1], "NULL")) ||
      (says(token, "NOT") && says(clause[i + 1], "NULL")),
  );
  return filled ? "changed" : "added";
}
