import type { Recogniser } from "./draft.ts";
import { CHECKS } from "./phrases/checks.ts";
import { ROWS_AND_COLUMNS } from "./phrases/columns.ts";
import { CHECK_FRAMES } from "./phrases/frames/checks.ts";
import { COLUMN_FRAMES } from "./phrases/frames/columns.ts";
import { LOAD_FRAMES } from "./phrases/frames/loads.ts";
import { OUTCOMES } from "./phrases/frames/outcomes.ts";
import { PASSIVES } from "./phrases/frames/passives.ts";
import { ROW_FRAMES } from "./phrases/frames/rows.ts";
import { LOADS } from "./phrases/loads.ts";
import type { Phrase } from "./phrases/phrase.ts";

/** Other ways to say what an edit understands. */
const PHRASES: readonly Phrase[] = [
  ...LOADS,
  ...ROWS_AND_COLUMNS,
  ...CHECKS,
  ...PASSIVES,
  ...LOAD_FRAMES,
  ...ROW_FRAMES,
  ...COLUMN_FRAMES,
  ...CHECK_FRAMES,
  ...OUTCOMES,
];

/** Understands a clause by another wording of it. */
export function rephrased(recognise: Recogniser): Recogniser {
  return (clause) => {
    for (const [pattern, say] of PHRASES) {
      const said = pattern.exec(clause);
      const meant = said && say((said.groups ?? {}) as Record<string, string>);
      if (!meant) continue;
      const edits = [meant].flat().map((one) => (one === clause ? undefined : recognise(one)));
      if (edits.every((edit) => edit !== undefined))
        return (draft) =>
          edits
            .map((edit) => edit?.(draft) ?? "")
            .filter(Boolean)
            .join(" ");
    }
    return undefined;
  };
}
