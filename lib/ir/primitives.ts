import { z } from "zod";
import { limits } from "#lib/limits.ts";

/** Ids of pipelines, nodes, rules and branch cases. */
export const ID_PATTERN = /^[a-z][a-z0-9_-]{0,62}$/;

/** A slug: lower-case letter first, then letters, digits, `_`, `-`; at most 63 characters. */
export const Id = z.string().regex(ID_PATTERN, {
  error:
    "must be a slug: a lower-case letter, then lower-case letters, digits, _ or -, at most 63 characters",
});

/** A node id, or `branch_id:case` for one output of a branch. */
export const InputRef = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,62}(:[a-z][a-z0-9_-]{0,62})?$/, {
    error: 'must be the id of a node, or "branch_id:case" for one output of a branch',
  })
  .describe('id of the node read from; "branch_id:case" for one output of a branch');

/** A column name, taken as it is (case-sensitive); quoted wherever it meets SQL. */
export const ColumnName = z
  .string()
  .min(1, { error: "must not be empty" })
  .max(128, { error: "must be at most 128 characters" })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  .regex(/^[^\u0000-\u001f\u007f]*$/, { error: "must not contain control characters" });

/** At least one column name. */
export const ColumnNames = z.array(ColumnName).min(1, { error: "must list at least one column" }).max(200);

/** `name` or `schema.table`; its form is check 8's business, so that the message can say why. */
export const TableName = z.string().min(1, { error: "must not be empty" }).max(128);

/** A JSON scalar. */
export const Scalar = z.union([z.string().max(4000), z.number(), z.boolean(), z.null()], {
  error: "must be a string, a number, true, false or null",
});
export type Scalar = z.infer<typeof Scalar>;

/** An expression in the DuckDB-dialect scalar language; parsed by check 9. */
export const ExpressionText = z
  .string()
  .min(1, { error: "must not be empty" })
  .max(limits.expressionChars, { error: `must be at most ${limits.expressionChars} characters` });

/** One pair of columns that must be equal in a join. */
export const JoinKey = z.strictObject({
  left: ColumnName.describe("column of the node's own input (left side)"),
  right: ColumnName.describe("column of the other side"),
});
export type JoinKey = z.infer<typeof JoinKey>;

/** A column taken from the other side: by name, or renamed. */
export const SelectedColumn = z.union([ColumnName, z.strictObject({ field: ColumnName, as: ColumnName })], {
  error: 'must be a column name or {"field", "as"}',
});
export type SelectedColumn = z.infer<typeof SelectedColumn>;
