/** One token: its kind, its value (unescaped), and where it starts and ends in the text. */
export type Token = {
  kind: "word" | "quoted" | "string" | "number" | "symbol" | "end";
  text: string;
  start: number;
  end: number;
};

/** A problem at a place in the text; thrown inside the parser only, never out of `parseExpression`. */
export class ExpressionProblem extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const WORD = /[\p{L}_][\p{L}\p{M}\p{N}_]*/uy;
const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const SYMBOL = /::|\|\||<=|>=|<>|!=|==|\/\/|[()+\-*/%=<>,]/y;
const SPACE = /[ \t\r\n]+/y;

function quotedEnd(text: string, start: number, quote: string): number {
  for (let at = start + 1; at < text.length; at++) {
    if (text[at] !== quote) continue;
    if (text[at + 1] !== quote) return at + 1;
    at++;
  }
  throw new ExpressionProblem(
    quote === "'" ? "the text starting here is not closed by '" : 'the name starting here is not closed by "',
    start,
  );
}

function refusal(text: string, at: number): string {
  const two = text.slice(at, at + 2);
  const char = String.fromCodePoint(text.codePointAt(at) ?? 32);
  if (char === ";") return "an expression is one value: no ;";
  if (char === ".") return "columns are named alone, without a table: use the part after the dot";
  if (char === "[" || char === "{") return "lists and structs are not part of the language";
  if (char === "?" || char === "$") return "parameters are not part of the language";
  if (char === "`") return 'quote names with " (double quotes)';
  if (two === "->") return "use json_extract_string(column, path) instead of ->";
  return `"${char}" is not part of the language`;
}

/** Splits an expression into tokens. Comments, parameters and separators are refused. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space) {
      at += space.length;
      continue;
    }
    const start = at;
    const two = text.slice(at, at + 2);
    if (two === "--" || two === "/*") throw new ExpressionProblem("comments are not allowed", at);
    if (two === "->") throw new ExpressionProblem(refusal(text, at), at);
    const char = text[at] ?? "";
    if (text.includes("\0"))
      throw new ExpressionProblem("a NUL character is not allowed", text.indexOf("\0"));
    if (char === "'" || char === '"') {
      const end = quotedEnd(text, at, char);
      const inner = text.slice(at + 1, end - 1).replaceAll(char + char, char);
      if (char === '"' && inner === "") throw new ExpressionProblem("a column name is empty", at);
      tokens.push({ kind: char === "'" ? "string" : "quoted", text: inner, start, end });
      at = end;
      continue;
    }
    const [kind, found] = ([
      ["word", match(WORD)],
      ["number", match(NUMBER)],
      ["symbol", match(SYMBOL)],
    ].find(([, value]) => value !== undefined) ?? ["end", undefined]) as [Token["kind"], string | undefined];
    if (found === undefined) throw new ExpressionProblem(refusal(text, at), at);
    at += found.length;
    const next = text[at] ?? "";
    if (kind === "number" && /[\p{L}\p{N}_.]/u.test(next)) {
      throw new ExpressionProblem(
        `"${found}${next}" is not a number; a name that starts with a digit needs "…"`,
        start,
      );
    }
    if (kind === "word" && next === "'" && /^[a-z]$/i.test(found)) {
      throw new ExpressionProblem(`${found}'…' is not part of the language; write a plain '…'`, start);
    }
    tokens.push({ kind, text: found, start, end: at });
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length });
  return tokens;
}
