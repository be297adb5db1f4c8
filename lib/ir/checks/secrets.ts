import { formatPointer } from "#lib/json-patch/index.ts";
import { isSecretField } from "#lib/redact.ts";
import type { Issue } from "../issue.ts";
import { documentIssue, fieldName } from "./check.ts";

type Path = readonly (string | number)[];

/** What a text with a secret in it looks like. Each is something that no name, path or expression is. */
const IN_ANY_TEXT: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----/, "a private key"],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, "an access key"],
  // Names of keys begin alike ("pk_orders_by_customer"); they do not mix capitals and digits as random letters do.
  [/\b(sk|pk|rk|gw)[-_](?=[\w-]*\d)(?=[\w-]*[A-Z])[A-Za-z0-9_-]{20,}/, "an API key"],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/, "an access token"],
  [/\bxox[abpr]-[A-Za-z0-9-]{10,}/, "an access token"],
  [/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/, "a signed token"],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/@]+@/i, "a user or password in a URL"],
  [
    /[?&](x-amz-signature|x-amz-credential|x-goog-signature|sig|signature|token|access_token|api[_-]?key|apikey|key|secret|password|auth)=[^&\s]/i,
    "a token in a URL",
  ],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/i, "an Authorization header"],
];

/** In settings (not in expressions, where `password = 'x'` compares a column) also connection strings. */
const IN_SETTINGS: readonly [RegExp, string][] = [
  [/\bauthorization\s*:/i, "an Authorization header"],
  [
    /\b(password|passwd|pwd|secret|accountkey|sharedaccesssignature)\s*=\s*[^\s;]/i,
    "a password in a connection string",
  ],
];

const isExpression = (path: Path): boolean => ["expr", "when", "rule"].includes(String(path.at(-1)));

const MAX_DEPTH = 32;

function where(document: unknown, path: Path): string {
  const [section, index, ...rest] = path;
  const nodes = (document as { nodes?: unknown } | null)?.nodes;
  if (section !== "nodes" || typeof index !== "number" || !Array.isArray(nodes))
    return `field "${fieldName(path)}"`;
  const id = (nodes[index] as { id?: unknown } | null)?.id;
  const name =
    typeof id === "string" && id.length < 64 && !secretIn(id, path) ? `node "${id}"` : `nodes[${index}]`;
  return `${name}, field "${fieldName(rest)}"`;
}

function secretIn(text: string, path: Path): string | undefined {
  const patterns = isExpression(path) ? IN_ANY_TEXT : [...IN_ANY_TEXT, ...IN_SETTINGS];
  return patterns.find(([pattern]) => pattern.test(text))?.[1];
}

/**
 * Check 14: no secret stands in the document. It looks at what came in, before its shape is known, and never
 * repeats the secret.
 */
export function checkSecrets(input: unknown): Issue[] {
  const issues: Issue[] = [];
  const report = (path: Path, what: string): void => {
    issues.push(
      documentIssue(
        "secret_in_ir",
        formatPointer(path),
        `${where(input, path)}: holds ${what}; a pipeline must not hold secrets: save them in a source and name it in "sourceRef"`,
      ),
    );
  };
  const visit = (value: unknown, path: Path): void => {
    if (typeof value === "string") {
      const what = secretIn(value, path);
      if (what) report(path, what);
      return;
    }
    if (typeof value !== "object" || value === null || path.length > MAX_DEPTH) return;
    if (Array.isArray(value)) {
      for (const [index, item] of value.entries()) visit(item, [...path, index]);
      return;
    }
    for (const [key, item] of Object.entries(value)) {
      const at = [...path, key];
      const named = !path.includes("mapping") && isSecretField(key) && item !== null && item !== "";
      if (named && typeof item !== "object") report(at, `a value for "${key}", which is a secret`);
      else visit(item, at);
    }
  };
  visit(input, []);
  return issues;
}
