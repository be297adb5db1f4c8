import { limits } from "#lib/limits.ts";
import { ExpressionProblem, type Token, tokenize } from "./tokenize.ts";

/** Reads tokens one after the other and counts how deep the parser is. */
export class Cursor {
  readonly #text: string;
  readonly #tokens: Token[];
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  /** The token `ahead` places from here, without taking it. */
  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#at + ahead, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.peek();
    if (token.kind !== "end") this.#at++;
    return token;
  }

  isSymbol(symbol: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.kind === "symbol" && token.text === symbol;
  }

  /** True when the coming unquoted words are these, in any case. */
  isWords(...words: string[]): boolean {
    return words.every((word, ahead) => {
      const token = this.peek(ahead);
      return token.kind === "word" && token.text.toLowerCase() === word;
    });
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at++;
    return true;
  }

  takeWords(...words: string[]): boolean {
    if (!this.isWords(...words)) return false;
    this.#at += words.length;
    return true;
  }

  expectSymbol(symbol: string, where: string): void {
    if (!this.takeSymbol(symbol)) throw this.problem(`expected ${symbol} ${where}`);
  }

  expectWord(word: string, where: string): void {
    if (!this.takeWords(word)) throw this.problem(`expected ${word.toUpperCase()} ${where}`);
  }

  /** A problem at a token, which names what stands there. */
  problem(message: string, token: Token = this.peek()): ExpressionProblem {
    const found = token.kind === "end" ? "the end" : `"${this.#text.slice(token.start, token.end)}"`;
    return new ExpressionProblem(`${message}, found ${found}`, token.start);
  }

  /** Runs a part of the parser one level deeper. */
  deeper<T>(parse: () => T): T {
    if (++this.#depth > limits.expressionDepth) {
      throw new ExpressionProblem(`nested more than ${limits.expressionDepth} deep`, this.peek().start);
    }
    const result = parse();
    this.#depth--;
    return result;
  }
}
