import { CannotDo, columnOf, nodeBefore, type Recogniser, targetOf } from "../draft.ts";
import { heard, said } from "../say.ts";
import { columnName } from "../words.ts";

const IN = "{table}(\\.{name:key}| ?\\({name:key2}\\)| by {name:key3})";
const EXISTS = "(exist|be found|be present|be there|be contained|occur|appear|be listed) (in|among|as)";
const OR =
  "[,]?[ otherwise| or else| or| else][ just| only]?[ (?<act>warn|abort|fail|stop)][ otherwise| if not]?";
const PATTERNS = [
  said(
    `[(make sure|ensure|check)[ that]? ]?[every |each |all |the ]?{col} {must} ${EXISTS}[ the]? ${IN}${OR}`,
  ),
  said(
    `[every |each |all |the ]?{col} (must|should|has to|needs to) (reference|refer to|match|point to) ${IN}${OR}`,
  ),
  said(`[every |each |all |the ]?{col} (references|is a foreign key (to|of|into)) ${IN}${OR}`),
];

/** "every country must exist in ref.countries.code": in a table of the destination. */
export const foreignKey: Recogniser = (clause) => {
  const groups = heard(PATTERNS, clause);
  const word = groups && columnName(groups.col ?? "");
  if (!groups || !word) return undefined;
  const { table = "", act } = groups;
  const key = groups.key ?? groups.key2 ?? groups.key3 ?? "";
  return (draft) => {
    const target = targetOf(draft);
    const field = columnOf(draft, target.input, word);
    const onFail = act && /^warn/i.test(act) ? "warn" : "abort";
    const node = nodeBefore(draft, target, "validate", "validate");
    if (node.datasetLevel?.fkIntegrity)
      throw new CannotDo(
        `${node.id} checks ${node.datasetLevel.fkIntegrity.field} like that already; a node has one.`,
      );
    node.datasetLevel = {
      ...node.datasetLevel,
      fkIntegrity: { field, references: { table, field: key }, onFail },
    };
    return `A check ${onFail}s when a ${field} is not in ${table}.${key}.`;
  };
};
