import type { Catalogue, DriftColumn, PipelineIr, SchemaDrift } from "#lib/ir/schema.ts";

/** What is to become of columns that came and that a table, or a declaration, does not have. */
export type AddedChoice = "leave_out" | "take";

/** What is known when a change is looked for. */
export type DriftFacts = {
  ir: PipelineIr;
  drift: SchemaDrift;
  /** Columns of the sources in the last run that came to its end, by node. */
  last: Readonly<Record<string, readonly DriftColumn[]>>;
  added: AddedChoice;
  catalogue: Catalogue;
};

/** The document after a change, with what was done in words; or why none can be made without a person's knowledge. */
export type DriftChange = { ir: PipelineIr; said: string[] } | { why: string };

/** Names for a sentence: “a”, “b”. */
export const quoted = (columns: readonly { name: string }[]): string =>
  columns.map(({ name }) => `“${name}”`).join(", ");

/** Columns that are in the first list and not in the second. */
export const without = <T extends { name: string }>(
  columns: readonly T[],
  others: readonly { name: string }[],
) => columns.filter(({ name }) => !others.some((other) => other.name === name));
