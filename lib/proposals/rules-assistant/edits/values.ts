import { sqlLiteral } from "#lib/ir/index.ts";
import type { Op } from "#lib/ir/schema.ts";
import { CannotDo, type Recogniser } from "../draft.ts";
import { heard, said, unquoted } from "../say.ts";
import {
  COLUMN,
  COLUMNS,
  columnExpression,
  columnName,
  columnNames,
  listed,
  NUMBER,
  numberOf,
  THE_COLUMN,
  whole,
} from "../words.ts";
import { addOps, isColumn } from "./transform.ts";

/** A bare word is a value only where a column cannot stand; whether it is a column's name is asked later. */
const VALUE = `(?:"[^"]*"|'[^']*'|${NUMBER}|[A-Za-z][\\w/-]*)`;
const MISSING = "(?:null|nulls|missing|empty|blank)";
const FILL = whole(
  `(?:(?:fill|replace|set|default|change|turn)(?: in)? (?:all |any |the )?(?:${MISSING}(?: values?)?(?: (?:in|of|for))? )${THE_COLUMN}(?<a>${COLUMNS})(?: values?)? (?:with|to|by|into|as) (?<va>${VALUE})|` +
    `(?:default ${THE_COLUMN}(?<b>${COLUMNS}) to|(?:when|where|if) ${THE_COLUMN}(?<c>${COLUMN}) is ${MISSING},? (?:use|set it to|put|make it)) (?<vb>${VALUE})|` +
    `set ${THE_COLUMN}(?<d>${COLUMN}) to (?<vc>${VALUE}) (?:when|where|if) (?:it is|it's|null|missing|empty)(?: ${MISSING})?)`,
);

/** "fill missing country with 'n/a'", "default discount to 0": a value for those that have none. */
export const fill: Recogniser = (clause) => {
  const { a, b, c, d, va, vb, vc } = FILL.exec(clause)?.groups ?? {};
  const names = columnNames(a ?? b ?? c ?? d ?? "");
  const value = va ?? vb ?? vc;
  if (!names || value === undefined) return undefined;
  if (/^(?:null|it|them|zero|nothing|something|the|a)$/i.test(value)) return undefined;
  const literal = literalOf(value);
  return (draft) => {
    if (/^[A-Za-z]\w*$/.test(value) && isColumn(draft, value))
      throw new CannotDo(`Is ${value} the column or a text? Put texts in quotes.`);
    let fields: string[] = [];
    addOps(draft, "fill", (column) => {
      fields = names.map(column);
      return fields.map(
        (field): Op => ({
          op: "expression",
          field,
          expr: `coalesce(${columnExpression(field)}, ${literal})`,
        }),
      );
    });
    return `Sets ${listed(fields)} to ${literal} where there is no value.`;
  };
};

const literalOf = (text: string) => {
  const quoted = /^(["'])(.*)\1$/.exec(text);
  if (quoted) return sqlLiteral(quoted[2] ?? "");
  return Number.isNaN(numberOf(text)) ? sqlLiteral(text) : String(numberOf(text));
};

const ROUND = whole(
  `round ${THE_COLUMN}(?<list>${COLUMNS})(?: values?)?(?: to (?:(?<n>\\d{1,2}) (?:decimals?|digits|decimal places|places)|(?:a |the nearest )?(?:whole )?(?:integer|number)s?))?`,
);

/** "round amount to 2 decimals". */
export const round: Recogniser = (clause) => {
  const { list = "", n = "0" } = ROUND.exec(clause)?.groups ?? {};
  const names = columnNames(list);
  if (!names) return undefined;
  return (draft) => {
    let fields: string[] = [];
    addOps(draft, "round", (column) => {
      fields = names.map(column);
      return fields.map(
        (field): Op => ({ op: "expression", field, expr: `round(${columnExpression(field)}, ${Number(n)})` }),
      );
    });
    return `Rounds ${listed(fields)} to ${Number(n)} decimals.`;
  };
};

const PAIR = "{value:from}( ?-> ?| ?=> ?| to | into | by | with | as | becomes | means | ?= ?){value:to}";
const PAIRS = "(?<pairs>.+(?:->|=>|=| to | into | by | with | as | becomes | means ).+)";
const VERB = "(replace|map|change|translate|turn|recode)";
const MAP = [
  said(`${VERB} [the ][values? ]${PAIRS} (in|of|for) [the ][columns? ]{col}[ columns?]`),
  said(`in [the ][columns? ]{col}[ columns?],? ${VERB} [the ][values? ]${PAIRS}`),
  said(`(rename|${VERB}) [the ][values (of|in) |column ]{col}[ values]: ?${PAIRS}`),
  said(
    `${VERB} [the ]{col} (?<pairs>["'\\w]\\S* (->|=>|to|into|=) ["'\\w]\\S*)`.replace(/\["'\\w\]/g, "\\w"),
  ),
  said(`${VERB} [the ]values (of|in) [the ][column ]{col},? ${PAIRS}`),
  said(`(map|translate|recode) [the ][column ]{col},? (?<pairs>.+(?:->|=>|=| to | as | becomes ).+)`),
];
const ONE_PAIR = said(PAIR);

/** "replace US with 'United States' in country", "map status: P -> paid, O -> open": the other values stay. */
export const mapValues: Recogniser = (clause) => {
  const { col = "", pairs = "" } = heard(MAP, clause) ?? {};
  const name = columnName(col);
  const found = pairs.split(/\s*[,;]\s*(?:and\s+)?|\s+and\s+/).map((pair) => ONE_PAIR.exec(pair)?.groups);
  if (!name || found.some((pair) => !pair?.from || pair.to === undefined)) return undefined;
  const mapping = Object.fromEntries(
    found.map((pair) => [unquoted(pair?.from ?? ""), unquoted(pair?.to ?? "")]),
  );
  return (draft) => {
    let field = name;
    addOps(draft, "values", (column): Op[] => {
      field = column(name);
      return [{ op: "map_values", field, mapping }];
    });
    const changes = Object.entries(mapping).map(
      ([from, to]) => `${JSON.stringify(from)} with ${JSON.stringify(to)}`,
    );
    return `Replaces in ${field} the value ${listed(changes)}; other values stay.`;
  };
};

const bare = (text: string | undefined) => text?.replace(/^(["'])(.*)\1$/, "$2");

const SEPARATORS: Readonly<Record<string, string>> = {
  comma: ",",
  space: " ",
  blank: " ",
  dash: "-",
  hyphen: "-",
  semicolon: ";",
  colon: ":",
  slash: "/",
  pipe: "|",
  tab: "\t",
  underscore: "_",
  dot: ".",
};
const SEP = "[an? |the ]?{separator}( as( the| a)? separator| between( them)?| in between)?";
const WITH = "(with|by|using|on|at|separated by|delimited by|joined by)[ an?| the]?";
const SPLIT = [
  said(`split [up |the |column ]*{col}[ column| up]? ${WITH} ${SEP} (in)?to [the ][columns ]?{cols:into}`),
  said(
    `split [up |the |column ]*{col}[ column| up]? (in)?to [the ][columns ]?{cols:into}[,]? ${WITH} ${SEP}`,
  ),
];
const GLUE = "(concat|combine|merge|join|put|glue|stitch)";
const MERGE = [
  said(
    `${GLUE} [the |columns ]*{cols}[ together]? (in|into|to|as) [the |a ]?[new ]?[column ]?{col:into}[,]? ${WITH} ${SEP}`,
  ),
  said(
    `${GLUE} [the |columns ]*{cols}[ together]? ${WITH} ${SEP} (in|into|to|as) [the |a ]?[new ]?[column ]?{col:into}`,
  ),
  said(`${GLUE} [the |columns ]*{cols}[ together]? (in|into|to|as) [the |a ]?[new ]?[column ]?{col:into}`),
  said(
    `(concat|combine|merge) [the ]{col:first} with {col:second} (in|into|to|as) [the |a ]?[new ]?[column ]?{col:into}`,
  ),
];

const separatorOf = (text: string) => SEPARATORS[text.toLowerCase().replace(/s$/, "")] ?? bare(text) ?? text;

/** "split name by space into first and last", "combine city and country into place with a comma". */
export const splitOrMerge: Recogniser = (clause) => {
  const split = heard(SPLIT, clause);
  if (split) {
    const name = columnName(split.col ?? "");
    const into = columnNames(split.into ?? "");
    if (!name || !into || into.length < 2) return undefined;
    const separator = separatorOf(split.separator ?? "");
    return (draft) => {
      let field = name;
      addOps(draft, "split", (column) => {
        field = column(name);
        return [{ op: "split", field, separator, into }];
      });
      return `Splits ${field} at ${JSON.stringify(separator)} into ${listed(into)}.`;
    };
  }
  const merge = heard(MERGE, clause);
  const names = columnNames(merge?.cols ?? [merge?.first, merge?.second].filter(Boolean).join(", "));
  const into = columnName(merge?.into ?? "");
  if (!merge || !names || names.length < 2 || !into) return undefined;
  const separator = merge.separator ? separatorOf(merge.separator) : " ";
  return (draft) => {
    addOps(draft, "merge", (column) => [{ op: "merge", fields: names.map(column), separator, into }]);
    return `Puts ${listed(names)} together into ${into}, with ${JSON.stringify(separator)} between them.`;
  };
};
