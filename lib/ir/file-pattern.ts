import type { z } from "zod";
import type { PatternConfig } from "./nodes/source.ts";
import { regexProblem } from "./regex.ts";

/** Tokens of a date template; each stands for digits of the run's date. */
export const DATE_TOKENS = ["YYYY", "MM", "DD", "HH", "mm", "ss", "YYYY-MM-DD", "YYYYMMDD"] as const;

/** What is wrong with a file pattern's value, or undefined. */
export function patternProblem(pattern: z.infer<typeof PatternConfig>): string | undefined {
  const { type, value } = pattern;
  if (type === "regex") {
    const problem = regexProblem(value);
    return problem && `RE2 refuses it: ${problem}`;
  }
  if (value.startsWith("/") || value.split("/").includes("..")) {
    return 'it is matched inside "path": write it without a leading / and without ..';
  }
  if (type === "glob") {
    return (value.match(/\[/g)?.length ?? 0) === (value.match(/\]/g)?.length ?? 0)
      ? undefined
      : "a [ is not closed by ]";
  }
  const tokens = [...value.matchAll(/\{([^{}]*)\}/g)].map(([, token]) => token ?? "");
  const unknown = tokens.find((token) => !(DATE_TOKENS as readonly string[]).includes(token));
  const known = DATE_TOKENS.map((token) => `{${token}}`).join(" ");
  if (unknown !== undefined) return `{${unknown}} is no date token; there are ${known}`;
  if (/[{}]/.test(value.replace(/\{[^{}]*\}/g, ""))) return "a { or } stands alone";
  return tokens.length === 0 ? `it names no date; use ${known}` : undefined;
}
