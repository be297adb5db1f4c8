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

/** Spaces, then one token: a word, a number, or a symbol. */
const TOKEN =
  /[ \t\r\n]*(?:([\p{L}_][\p{L}\p{M}\p{N}_]*)|((?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(::|\|\||<=|>=|<>|!=|==|\/\/|[()+\-*/%=<>,]))/uy;
const SPACE = /[ \t\r\n]*/y;
const AFTER_NUMBER = /[\p{L}\p{N}_.]/u;

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

/** Problems that only what follows a token shows. */
function checkToken(token: Token, text: string): void {
  const next = text[token.end] ?? "";
  if (token.kind === "number" && AFTER_NUMBER.test(next)) {
    const message = `"${token.text}${next}" is not a number; a name that starts with a digit needs "…"`;
    throw new ExpressionProblem(message, token.start);
  }
  if (token.kind === "word" && next === "'" && /^[a-z]$/i.test(token.text)) {
    const message = `${token.text}'…' is not part of the language; write a plain '…'`;
    throw new ExpressionProblem(message, token.start);
  }
  if (token.kind === "symbol" && (token.text === "-" || token.text === "/")) {
    if (token.text === "-" && next === ">")
      throw new ExpressionProblem(refusal(text, token.start), token.start);
    if (next === (token.text === "-" ? "-" : "*")) {
      throw new ExpressionProblem("comments are not allowed", token.start);
    }
  }
}

/** Splits an expression into tokens. Comments, parameters and separators are refused. */
export function tokenize(text: string): Token[] {
  const nul = text.indexOf("\0");
  if (nul >= 0) throw new ExpressionProblem("a NUL character is not allowed", nul);
  const tokens: Token[] = [];
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (match) {
      const [, word, number, symbol] = match;
      const found = word ?? number ?? symbol ?? "";
      const kind = word !== undefined ? "word" : number !== undefined ? "number" : "symbol";
      const end = TOKEN.lastIndex;
      const token: Token = { kind, text: found, start: end - found.length, end };
      checkToken(token, text);
      tokens.push(token);
      at = end;
      continue;
    }
    SPACE.lastIndex = at;
    at += SPACE.exec(text)?.[0].length ?? 0;
    if (at >= text.length) break;
    const char = text[at] ?? "";
    if (char !== "'" && char !== '"') throw new ExpressionProblem(refusal(text, at), at);
    const end = quotedEnd(text, at, char);
    const inner = text.slice(at + 1, end - 1).replaceAll(char + char, char);
    if (char === '"' && inner === "") throw new ExpressionProblem("a column name is empty", at);
    tokens.push({ kind: char === "'" ? "string" : "quoted", text: inner, start: at, end });
    at = end;
  }
  tokens.push({ kind: "end", text: "", start: text.length, end: text.length });
  return tokens;
}
