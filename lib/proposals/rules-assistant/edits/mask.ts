import type { Op } from "#lib/ir/schema.ts";
import { columnOf, type Recogniser, targetOf } from "../draft.ts";
import { COLUMN, COLUMNS, columnName, columnNames, listed, THE_COLUMN, whole } from "../words.ts";
import { addOps, opsBefore } from "./transform.ts";

const MASK = whole(
  `(?<how>partially |fully |completely )?(?<verb>mask|redact|anonymi[sz]e|obfuscate|hide|censor) (?:the )?(?:pii (?:in|of) )?${THE_COLUMN}(?<list>${COLUMNS})(?: (?:columns?|fields?|values|numbers?|address(?:es)?))?(?: (?:as|like) an? ?(?<as>email|phone)(?: (?:address|number))?| (?<as2>partially))?`,
);

/** "mask email", "partially mask card_number", "redact ssn". */
export const mask: Recogniser = (clause) => {
  const { how = "", verb = "", list = "", as, as2 } = MASK.exec(clause)?.groups ?? {};
  const names = columnNames(list);
  if (!names) return undefined;
  const strategyOf = (name: string): "redact" | "partial" | "email" | "phone" => {
    if (as) return as.toLowerCase() as "email" | "phone";
    if (as2 || /partial/i.test(how)) return "partial";
    if (/fully|completely/i.test(how) || !/^mask$/i.test(verb)) return "redact";
    if (/e-?mail/i.test(name)) return "email";
    return /phone|mobile|(^|_)tel(_|$)/i.test(name) ? "phone" : "redact";
  };
  return (draft) => {
    const made: string[] = [];
    const fields = names.map((name) => columnOf(draft, targetOf(draft).input, name));
    const fresh = fields.filter((field) => {
      const strategy = strategyOf(field);
      made.push(`${field} (${strategy})`);
      const standing = opsBefore(draft).find((op) => op.op === "mask_pii" && op.field === field);
      if (standing?.op === "mask_pii") standing.strategy = strategy;
      return !standing;
    });
    if (fresh.length > 0)
      addOps(draft, "mask", () =>
        fresh.map((field): Op => ({ op: "mask_pii", field, strategy: strategyOf(field) })),
      );
    return `Masks ${listed(made)}.`;
  };
};

const HASH = whole(
  `(?:hash|pseudonymi[sz]e) (?:the )?${THE_COLUMN}(?<list>${COLUMNS})(?: (?:columns?|values))?(?: (?:with|using|by) (?<algorithm>sha-?256|md5))?(?: into (?:the column )?(?<into>${COLUMN}))?`,
);

/** "hash customer_id", "hash email with md5 into email_hash". */
export const hash: Recogniser = (clause) => {
  const { list = "", algorithm = "sha256", into } = HASH.exec(clause)?.groups ?? {};
  const names = columnNames(list);
  const other = into === undefined ? undefined : columnName(into);
  if (!names || (into && !other) || (other && names.length > 1)) return undefined;
  const how = /md5/i.test(algorithm) ? "md5" : "sha256";
  return (draft) => {
    let fields: string[] = [];
    addOps(draft, "hash", (column) => {
      fields = names.map(column);
      return fields.map(
        (field): Op => ({ op: "hash", field, algorithm: how, ...(other ? { into: other } : {}) }),
      );
    });
    return `Hashes ${listed(fields)} with ${how}${other ? ` into ${other}` : ""}.`;
  };
};
