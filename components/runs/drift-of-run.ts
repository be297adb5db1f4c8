import type { SchemaDrift } from "#lib/ir/schema.ts";
import type { RunProgress } from "#lib/runs/schema.ts";

/** Codes of warnings that a change can be proposed for, the most telling first. */
const TOLD = ["columns_gone", "undeclared_columns"];

/** The columns that a run met and that were not expected, where a change can be proposed for them. */
export function driftOfRun({
  error,
  warnings,
}: Pick<RunProgress, "error" | "warnings">): SchemaDrift | undefined {
  if (error) return error.drift;
  return TOLD.flatMap((code) => warnings.find((one) => one.code === code)?.drift ?? [])[0];
}

/** What is different, in words: `orders.csv: “amount” is gone, “amount_eur” is new`. */
export function driftWords({ of, missing, added, changed }: SchemaDrift): string {
  const names = (columns: readonly { name: string }[]) => columns.map(({ name }) => `“${name}”`).join(", ");
  const is = (columns: readonly unknown[]) => (columns.length === 1 ? "is" : "are");
  const parts = [
    ...(missing.length > 0 ? [`${names(missing)} ${is(missing)} gone`] : []),
    ...(added.length > 0 ? [`${names(added)} ${is(added)} new`] : []),
    ...changed.map(({ name, expected, found }) => `“${name}” came as ${found} instead of ${expected}`),
  ];
  return `${of}: ${parts.join(", ")}`;
}
