import { AppError, type Issue } from "./errors.ts";
import { limits } from "./limits.ts";
import { parseJson } from "./parse-json.ts";
import { type LocatedIssue, type ParsedText, parseYaml } from "./parse-yaml.ts";
import { redactText } from "./redact.ts";

/** How a document is written in a file. */
export const DOCUMENT_FORMATS = ["json", "yaml"] as const;
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/** The format that a file's name tells; undefined for other names. */
export function formatOfFile(name: string): DocumentFormat | undefined {
  if (/\.ya?ml$/i.test(name)) return "yaml";
  return /\.json$/i.test(name) ? "json" : undefined;
}

/**
 * Reads the text of a JSON or YAML file within the limits. Never throws; findings carry line and column, and never
 * what looks like a secret.
 */
export function parseDocument(text: string, format: DocumentFormat): ParsedText {
  const bytes = Buffer.byteLength(text);
  const most = format === "yaml" ? limits.yamlBytes : limits.bodyBytes;
  if (bytes > most) {
    const message = `The file has ${bytes} bytes; as ${format.toUpperCase()} it may have at most ${most}`;
    return { ok: false, issues: [{ code: "too_large", path: "", message }] };
  }
  const parsed = format === "yaml" ? parseYaml(text, limits.bodyDepth) : parseJsonText(text);
  if (parsed.ok) return parsed;
  return { ok: false, issues: parsed.issues.map((one) => ({ ...one, message: redactText(one.message) })) };
}

/** Findings about a document, each with its place in the text that the document was read from. */
export function withPlaces(issues: readonly Issue[], text: ParsedText): LocatedIssue[] {
  if (!text.ok) return [...issues];
  return issues.map((issue) => ({ ...issue, ...text.locate(issue.path) }));
}

function parseJsonText(text: string): ParsedText {
  // JSON is YAML as well: its reader knows where things stand, and is asked only when something is wrong.
  let places: ParsedText | undefined;
  const locate = (pointer: string) => {
    if (text.length > limits.yamlBytes) return undefined;
    places ??= parseYaml(text, limits.bodyDepth);
    return places.ok ? places.locate(pointer) : undefined;
  };
  try {
    return { ok: true, value: parseJson(text, limits.bodyDepth), locate };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const message = error.message.replace(/^The body/, "It");
    const place = /\(line (\d+) column (\d+)\)/.exec(message);
    const at = place ? { line: Number(place[1]), column: Number(place[2]) } : {};
    const found = error.extra.issues ?? [{ code: "malformed_json", path: "", message }];
    return { ok: false, issues: found.map((one) => ({ ...one, ...at })) };
  }
}
