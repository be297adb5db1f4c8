import type { QuarantinedRow } from "#lib/runtime/schema.ts";

type Row = Pick<QuarantinedRow, "rule" | "reason" | "row" | "edited" | "columns">;
/** A value of a row. */
export type Value = NonNullable<QuarantinedRow["row"]>[string];

/** A column of a row as a form asks for it. */
export type RowField = {
  name: string;
  type: string;
  /** The rule and the reason, at the field that broke it. */
  failed?: { rule: string; reason: string };
  original: Value;
  value: Value;
};

/** The columns of a row in their order, the one that broke the rule first. */
export function fieldsOf({ rule, reason, row, edited, columns }: Row): RowField[] {
  const failed = failedField(rule, reason, columns ?? []);
  const fields = (columns ?? []).map(({ name, type }): RowField => {
    const original = row?.[name] ?? null;
    const value = edited && name in edited ? (edited[name] ?? null) : original;
    return { name, type, original, value, ...(name === failed && { failed: { rule, reason } }) };
  });
  return fields.toSorted((a, b) => Number(Boolean(b.failed)) - Number(Boolean(a.failed)));
}

/** `type:amount` and `cast:amount` name their column; of a rule of its own name the reason begins with it. */
function failedField(rule: string, reason: string, columns: readonly { name: string }[]): string | undefined {
  const named = /^(?:type|cast):(.*)$/s.exec(rule)?.[1];
  const fits = columns.filter(({ name }) => name === named || reason.startsWith(`${name} does not `));
  return fits.toSorted((a, b) => b.name.length - a.name.length)[0]?.name;
}

/** True for columns in which an empty text is a value of its own. */
export const keepsEmpty = (type: string): boolean => type === "string" || type === "binary";

/** A value as a form shows it. */
export function textOf(value: Value): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What somebody typed, as a value; a text that is not JSON stays one, and the server says so. */
export function typedValue(text: string, type: string): Value {
  if (text === "" && !keepsEmpty(type)) return null;
  if (type !== "json") return text;
  try {
    return JSON.parse(text) as Value;
  } catch {
    return text;
  }
}

/** True if two values look the same in a form: 7 and "7" do. */
export const sameValue = (a: Value, b: Value): boolean =>
  (a === null) === (b === null) && textOf(a) === textOf(b);

/** What a value of a type looks like, for those that are not plain text. */
export function formOf(type: string): { placeholder?: string; inputMode?: "decimal" | "numeric" } {
  if (/^(integer|smallint|bigint)$/.test(type)) return { inputMode: "numeric" };
  if (/^(decimal|double)/.test(type)) return { inputMode: "decimal" };
  const placeholder = {
    date: "YYYY-MM-DD",
    time: "hh:mm:ss",
    timestamp: "YYYY-MM-DD hh:mm:ss",
    timestamptz: "YYYY-MM-DD hh:mm:ss+00",
  }[type];
  return placeholder ? { placeholder } : {};
}
