import { CannotDo, type Recogniser } from "../draft.ts";
import { heard, said } from "../say.ts";

const BAD =
  "[all ][the ](bad|wrong|other|failing|failed|invalid|broken|remaining|rejected)[ (ones|rows|records|entries|lines)]";
const REST = `([all ]the rest|[all ]the others|[all ]others|everything else|anything else|whatever (is not|isn't|does not|doesn't|fails)|what (is not|isn't|does not|doesn't|fails)|those (that|which) (are not|aren't|do not|don't|fail)|[the ](rows|records|ones) (that|which) (are not|aren't|do not|don't|fail)|rows that fail it|${BAD})`;
const QUARANTINED = [
  said(`(quarantine|reject|set aside) ${REST}`),
  said(`(put|send|move|keep|store|write) ${REST} (in|into|to)[ the]? quarantine`),
  said(
    `${REST} ((should|shall|must) )?(go|goes|be put|be sent|is put|are put) (in|into|to)[ the]? quarantine`,
  ),
  said(`${REST} (should |shall |must )?(be |is |are )quarantined`),
];

/** "… and quarantine what is not": of the rules that were said right before. */
export const restToQuarantine: Recogniser = (clause) => {
  if (!heard(QUARANTINED, clause)) return undefined;
  return (draft) => {
    const node = draft.ir.nodes.find(({ id }) => id === draft.ruled?.nodeId);
    if (node?.kind !== "validate" || !draft.ruled)
      throw new CannotDo(
        'Which rows go to quarantine? Say what must hold right before, for instance "amount must be positive, quarantine what is not".',
      );
    const { ids } = draft.ruled;
    const rules = (node.rowLevel ?? []).filter(({ id }) => ids.includes(id));
    const other = rules.find(({ onFail = "quarantine" }) => onFail !== "quarantine");
    if (other)
      throw new CannotDo(
        `You ask for two things to happen to rows that fail ${other.rule}: ${other.onFail} and quarantine.`,
      );
    for (const rule of rules) rule.onFail = "quarantine";
    return "";
  };
};
