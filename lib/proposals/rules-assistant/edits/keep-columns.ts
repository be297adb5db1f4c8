import { CannotDo, columnOf, columnsInto, type Recogniser, targetOf } from "../draft.ts";
import { COLUMNS, columnNames, listed, whole } from "../words.ts";
import { addOps } from "./transform.ts";

const KEEP = whole(
  `(?:only (?:keep|load|take|include|select)|(?:keep|load|take|include|select) only|select) (?:the )?(?:columns?|fields?) (?<list>${COLUMNS})`,
);

/** "keep only the columns id, email and amount": the others are dropped. */
export const keepColumns: Recogniser = (clause) => {
  const names = columnNames(KEEP.exec(clause)?.groups?.list ?? "");
  if (!names) return undefined;
  return (draft) => {
    const { input, id } = targetOf(draft);
    const known = columnsInto(draft, input);
    if (!known)
      throw new CannotDo(
        `The columns that reach ${id} are not known before the first run: name those to drop.`,
      );
    const kept = names.map((name) => columnOf(draft, input, name));
    const fields = known.map(({ name }) => name).filter((name) => !kept.includes(name));
    if (fields.length === 0) return "All columns that there are are kept.";
    addOps(draft, "drop", () => [{ op: "drop", fields }]);
    return `Keeps ${listed(kept)} and drops ${listed(fields)}.`;
  };
};
