/** What stands where a secret stood. */
export const REDACTED = "***REDACTED***";

const SECRET_KEY =
  /^(password|passwd|pwd|secret|token|api_?key|access_?key|private_?key|authorization|cookie|set-cookie|connection_?string|credentials?)$|(_|-)(password|secret|token|key)$|(password|secret|apiKey|accessKey|privateKey)$/i;
const NOT_SECRET = /^(primary_?key|upsert_?key|singleton_?key|idempotency_?key|tokens?_?used|key)$/i;

const PATTERNS: readonly [RegExp, string][] = [
  [/-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g, REDACTED],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s@/]+(@)/gi, `$1${REDACTED}$2`],
  [/\b(Bearer|Basic)\s+[A-Za-z0-9._~+/=-]{8,}/gi, `$1 ${REDACTED}`],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, REDACTED],
  [/\b(sk|pk|rk|gw)[-_][A-Za-z0-9_-]{16,}/g, REDACTED],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}/g, REDACTED],
  [/\bxox[abpr]-[A-Za-z0-9-]{10,}/g, REDACTED],
  [/\beyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]*/g, REDACTED],
  [
    /\b([a-z0-9_-]{0,40}(?:password|passwd|pwd|secret|api[_-]?key|access[_-]?key|token)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s,;&]+)/gi,
    `$1${REDACTED}`,
  ],
  [
    /\b(password\s+is\s+)(?!(?:a|an|the|not|too|now|required|wrong|missing|invalid|incorrect|expired|empty|shown|set)\b)\S+/gi,
    `$1${REDACTED}`,
  ],
];

/** Something that each of the patterns needs: most texts have none of it, and are looked through once instead of ten times. */
const SUSPICIOUS =
  /-----BEGIN|:\/\/|bearer|basic|A[KS]IA|[sprg][kw][-_]|gh[pousr]_|xox[abpr]-|eyJ|passw|pwd|secret|api[_-]?key|access[_-]?key|token/i;

/** Replaces what looks like a secret in free text: private keys, URL passwords, bearer tokens, known key shapes. */
export function redactText(text: string): string {
  if (!SUSPICIOUS.test(text)) return text;
  return PATTERNS.reduce((out, [pattern, replacement]) => out.replace(pattern, replacement), text);
}

/** True if a field of this name holds a secret. */
export function isSecretField(name: string): boolean {
  return SECRET_KEY.test(name) && !NOT_SECRET.test(name);
}

/** Deepest nesting that is looked into; what lies below may hold anything and is not passed on. */
const DEPTH = 12;

/**
 * A copy of any JSON-like value without secrets, by field name and by pattern. What is nested deeper than 12 levels
 * is replaced whole, so a value that holds itself comes to an end.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (value === null || typeof value !== "object") return value;
  if (depth > DEPTH) return REDACTED;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Date || ArrayBuffer.isView(value)) return value instanceof Date ? value : "[binary]";
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      isSecretField(key) && item !== null && item !== undefined ? REDACTED : redact(item, depth + 1),
    ]),
  );
}
