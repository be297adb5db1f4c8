import { parseIrType } from "#lib/ir/index.ts";
import { NUMBER } from "../words.ts";

type Said = Record<string, string>;
/** Another way to say something, and the clause, or clauses, that mean the same; none where it does not after all. */
export type Phrase = [pattern: RegExp, say: (said: Said) => string | string[] | undefined];

/** A number, in brackets: to stand anywhere in a pattern. */
export const N = `(?:${NUMBER})`;
/** Rows, by whatever name. */
export const ROWS = "(?:rows?|records?|lines?|orders?|entries|ones|items)";
/** A table, with or without its schema. */
export const TABLE = "[A-Za-z]\\w*(?:\\.[A-Za-z]\\w*)?";
/** What is asked of one table, or of the target where it is only called so. */
export function ofTable(name = "", asked: string): string | undefined {
  if (/^(?:it|mode|load|target|table|rows|data|this|that|them|they)$/i.test(name)) return asked;
  return /^(?:schedule|from)$/i.test(name) ? undefined : `for ${name}: ${asked}`;
}

/** A type as the casts take it, or nothing where it is none. */
export const typeNamed = (text = "") => (parseIrType(text).ok ? text : undefined);
