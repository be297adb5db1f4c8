import { nextRuns, parseExpression, printExpression } from "#lib/ir/index.ts";
import type { Schedule } from "#lib/ir/schema.ts";

/** A value, or what it must be like: members of an object that are not named may be anything. */
export type Like = unknown;
/** What an answer must come to: changes at places (`a|b`: at either) and nothing else, or no change at all. */
export type Want =
  | { changes: [at: string, like: Like][]; renamed?: [from: string, to: string] }
  | { said: RegExp; answered?: true };
/** A request, in the words of somebody who wants something. */
export type Case = {
  family: string;
  on: string;
  ask: string;
  want: Want;
  /** Requests that were answered before; this one refines what they came to. */
  after?: string;
};

/** Stands for: what was there is no longer. */
export const GONE = (value: Like = () => true) => ({ gone: value });
export const isGone = (like: Like): like is { gone: Like } =>
  typeof like === "object" && like !== null && "gone" in like;

/** Stands for: what was there may be gone, or stay, where it no longer has an effect. */
export const MAY_GO = { mayGo: true } as const;

/** True if a value is like what was asked for. */
export function isLike(like: Like, value: unknown): boolean {
  if (typeof like === "function") return Boolean((like as (value: unknown) => unknown)(value));
  if (like instanceof RegExp) return typeof value === "string" && like.test(value);
  if (Array.isArray(like))
    return (
      Array.isArray(value) && value.length === like.length && like.every((one, at) => isLike(one, value[at]))
    );
  if (typeof like === "object" && like !== null)
    return (
      typeof value === "object" &&
      value !== null &&
      Object.entries(like).every(([key, one]) => isLike(one, (value as Record<string, unknown>)[key]))
    );
  return Object.is(like, value);
}

/** Like one of several. */
export const oneOf =
  (...likes: Like[]) =>
  (value: unknown): boolean =>
    likes.some((like) => isLike(like, value));

/** Not there, or so. */
export const unset = (...likes: Like[]): Like => oneOf(undefined, ...likes);

/** An expression that is written like one of these, apart from spaces, brackets and capitals of words. */
export const where = (...texts: string[]): Like => {
  const shape = (text: string): string => {
    const parsed = parseExpression(text);
    if (!parsed.ok) throw new Error(`${text}: ${parsed.message}`);
    return printExpression(parsed.ast);
  };
  const wanted = texts.map(shape);
  return (value: unknown) =>
    typeof value === "string" && parseExpression(value).ok && wanted.includes(shape(value));
};

const FROM = new Date("2026-03-01T00:00:00Z");
const times = (schedule: Schedule) =>
  nextRuns(schedule, FROM, 400)
    .map((date) => date.getTime())
    .join();

/** A schedule that fires when this one does. */
export const cron = (expression: string, timezone = "UTC"): Like => {
  const wanted = times({ kind: "cron", expression, timezone });
  return (value: unknown) => times(value as Schedule) === wanted;
};
/** A schedule of this distance, by the clock or not. */
export const minutes = (count: number): Like => {
  const step = count < 60 ? `*/${count} * * * *` : count === 60 ? "0 * * * *" : `0 */${count / 60} * * *`;
  return oneOf({ kind: "interval", minutes: count }, cron(step));
};

type Row = [ask: string, ...changes: [at: string, like: Like][]];
/** Requests that change something on one document. */
export const edits = (family: string, on: string, rows: Row[]): Case[] =>
  rows.map(([ask, ...changes]) => ({ family, on, ask, want: { changes } }));
/** Requests that change nothing; the answer says something that fits. */
export const nothing = (family: string, on: string, rows: [ask: string, said?: RegExp][]): Case[] =>
  rows.map(([ask, said = /\w/]) => ({ family, on, ask, want: { said } }));

/** Questions: nothing changes, and the answer is more than that they were not understood. */
export const questions = (family: string, on: string, rows: [ask: string, said: RegExp][]): Case[] =>
  rows.map(([ask, said]) => ({ family, on, ask, want: { said, answered: true } }));

/** One op more before a target. */
export const op = (like: Like, target = "load"): [string, Like] => [`${target}.op`, like];
export const rule = (
  field: string,
  text: Like,
  onFail: Like = unset("quarantine"),
  target = "load",
): [string, Like] => [`${target}.rule`, { field, rule: text, onFail }];
export const check = (name: string, like: object, target = "load"): [string, Like] => [
  `${target}.check`,
  { check: name, ...like },
];
