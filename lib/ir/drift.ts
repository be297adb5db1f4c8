import { z } from "zod";
import { limits } from "#lib/limits.ts";
import type { Column } from "./plan.ts";
import { formatIrType } from "./types.ts";

/** A column as it is told of. */
export const DriftColumn = z.object({
  name: z.string(),
  type: z.string().optional().describe("as in an IR; absent where nobody knows it"),
});

/** How the columns that came differ from those that a source or a table was expected to have. */
export const SchemaDrift = z.object({
  nodeId: z.string().describe("the source, or the target, at which the columns differ"),
  of: z.string().describe("the file, stream or table"),
  added: z.array(DriftColumn).describe("came, and were not expected"),
  missing: z.array(DriftColumn).describe("were expected, and did not come"),
  changed: z.array(z.object({ name: z.string(), expected: z.string(), found: z.string() })),
  found: z.array(DriftColumn).describe("every column that came"),
});
export type SchemaDrift = z.infer<typeof SchemaDrift>;
export type DriftColumn = z.infer<typeof DriftColumn>;

/** Columns as an error, a warning or a ledger tells of them; of very many, the first. */
export function driftColumns(columns: readonly Column[]): DriftColumn[] {
  return columns
    .slice(0, limits.driftColumns)
    .map(({ name, type }) => ({ name, ...(type && { type: formatIrType(type) }) }));
}

/**
 * Compares the columns that came with those expected, by name. Types are compared where both sides know theirs.
 * @param changed differences of type, where the caller knows better what fits what.
 */
export function driftOf(
  { nodeId, of }: Pick<SchemaDrift, "nodeId" | "of">,
  expected: readonly Column[],
  found: readonly Column[],
  changed?: SchemaDrift["changed"],
): SchemaDrift {
  const [was, is] = [byName(expected), byName(found)];
  return {
    nodeId,
    of,
    added: driftColumns(found.filter(({ name }) => !was.has(name))),
    missing: driftColumns(expected.filter(({ name }) => !is.has(name))),
    changed: (changed ?? changes(expected, is)).slice(0, limits.driftColumns),
    found: driftColumns(found),
  };
}

const byName = (columns: readonly Column[]) => new Map(columns.map((column) => [column.name, column]));

function changes(expected: readonly Column[], is: ReadonlyMap<string, Column>): SchemaDrift["changed"] {
  return expected.flatMap(({ name, type }) => {
    const other = is.get(name)?.type;
    if (!type || !other || formatIrType(type) === formatIrType(other)) return [];
    return [{ name, expected: formatIrType(type), found: formatIrType(other) }];
  });
}
