import { RE2JS } from "re2js";
import { DataError } from "../data-error.ts";

type Pattern = { type: "glob" | "regex" | "date_template"; value: string; timezone?: string };

/**
 * A test of file names (glob: of paths below the folder), whether it looks into sub-folders, and the characters with
 * which every name it takes begins.
 */
export type NameTest = { test: (relative: string) => boolean; deep: boolean; begins: string };

/** The name test of a pattern. Dates of a template are those of `now` in the pattern's zone (default UTC). */
export function nameTest(pattern: Pattern, now: Date): NameTest {
  if (pattern.type === "regex") {
    const compiled = RE2JS.compile(pattern.value);
    return { deep: false, begins: "", test: (name) => compiled.matcher(name).find() };
  }
  if (pattern.type === "date_template") {
    const name = fillDates(pattern.value, now, pattern.timezone ?? "UTC");
    return { deep: name.includes("/"), begins: name, test: (relative) => relative === name };
  }
  const regex = new RegExp(`^${globSource(pattern.value)}$`, "u");
  const [begins = ""] = pattern.value.split(/[*?[{]/, 1);
  return { deep: pattern.value.includes("/"), begins, test: (relative) => regex.test(relative) };
}

/** `*` and `?` stay inside one folder, `**` crosses folders, `[…]` and `{a,b}` as in a shell. */
function globSource(glob: string): string {
  let out = "";
  let group = 0;
  for (let at = 0; at < glob.length; at++) {
    const char = glob.charAt(at);
    if (char === "*" && glob[at + 1] === "*") {
      out += glob[at + 2] === "/" ? "(?:.*/)?" : ".*";
      at += glob[at + 2] === "/" ? 2 : 1;
    } else if (char === "*") out += "[^/]*";
    else if (char === "?") out += "[^/]";
    else if (char === "[") {
      const end = glob.indexOf("]", at + 2);
      const body = glob
        .slice(at + 1, end)
        .replace(/\\/g, "\\\\")
        .replace(/\[/g, "\\[");
      out += `[${body.startsWith("!") ? `^${body.slice(1)}` : body}]`;
      at = end;
    } else if (char === "{") {
      group++;
      out += "(?:";
    } else if (char === "}" && group > 0) {
      group--;
      out += ")";
    } else if (char === "," && group > 0) out += "|";
    else out += char.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  }
  if (group > 0) throw new DataError("bad_pattern", `The glob "${glob}" has an open {`);
  return out;
}

/** Fills `{YYYY}`, `{MM}`, `{DD}`, `{HH}`, `{mm}`, `{ss}`, `{YYYY-MM-DD}`, `{YYYYMMDD}` with a moment in a zone. */
export function fillDates(template: string, now: Date, timezone: string): string {
  const format = new Intl.DateTimeFormat("en-CA", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  const part = Object.fromEntries(format.formatToParts(now).map(({ type, value }) => [type, value]));
  const { year = "", month = "", day = "", hour = "", minute = "", second = "" } = part;
  const tokens: Record<string, string> = {
    YYYY: year,
    MM: month,
    DD: day,
    HH: hour,
    mm: minute,
    ss: second,
    "YYYY-MM-DD": `${year}-${month}-${day}`,
    YYYYMMDD: `${year}${month}${day}`,
  };
  return template.replace(/\{([^{}]+)\}/g, (whole, token: string) => tokens[token] ?? whole);
}
