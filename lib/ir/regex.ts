import { RE2JS } from "re2js";

/**
 * Checks a regular expression against RE2, which both DuckDB and our tests of file names use.
 * Answers what is wrong with it, or undefined. RE2 has no look-around and no back-references.
 */
export function regexProblem(pattern: string): string | undefined {
  if (pattern.length > 500) return "it is longer than 500 characters";
  if (/\(\?<?[=!]/.test(pattern)) return "RE2 has no look-around: (?=…) (?!…) (?<=…) (?<!…)";
  if (/(^|[^\\])(\\\\)*\\(?:[1-9]|k[<{'])/.test(pattern)) return "RE2 has no back-references: \\1, \\k<name>";
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^error parsing regexp: /, "");
  }
}
