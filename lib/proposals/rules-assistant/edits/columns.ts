import { formatIrType, parseIrType } from "#lib/ir/index.ts";
import type { Op } from "#lib/ir/schema.ts";
import { CannotDo, type Draft, type Recogniser } from "../draft.ts";
import {
  COLUMN,
  COLUMNS,
  columnExpression,
  columnName,
  columnNames,
  listed,
  THE_COLUMN,
  whole,
} from "../words.ts";
import { removeIn, renameIn } from "./nodes.ts";
import { addOps, isColumn } from "./transform.ts";

/** A word that could be a node's id or a column's name. @throws CannotDo when it is or may be a node. */
function requireColumn(draft: Draft, word: string, explicit: boolean): void {
  if (explicit) return;
  const node = draft.ir.nodes.some((one) => one.id === word);
  if (node && isColumn(draft, word) !== false) {
    throw new CannotDo(
      `"${word}" is a node, and may be a column too. Say "column ${word}" or "node ${word}".`,
    );
  }
}

/** True for the id of a node that is known to be no column. */
const isNodeAlone = (draft: Draft, word: string) =>
  draft.ir.nodes.some((node) => node.id === word) && isColumn(draft, word) === false;

const PAIR = `${THE_COLUMN}(${COLUMN}) (?:to|into|as|->|=>) (?:be called )?(${COLUMN})`;
const RENAME = whole(`(?:rename|call) (${PAIR}(?:(?: ?, ?(?:and )?| and )${PAIR})*)`);

/** "rename cust_id to customer_id", "rename a to b and c to d". */
export const rename: Recogniser = (clause) => {
  const body = RENAME.exec(clause)?.[1];
  if (!body) return undefined;
  const pairs = [...body.matchAll(new RegExp(PAIR.replaceAll(" ", "\\s+"), "gi"))].map((match) => ({
    from: columnName(match[1] ?? ""),
    to: columnName(match[2] ?? ""),
  }));
  if (pairs.length === 0 || pairs.some(({ from, to }) => !from || !to)) return undefined;
  const explicit = /\b(?:column|field)s?\b/i.test(clause);
  return (draft) => {
    const [one] = pairs;
    if (!explicit && pairs.length === 1 && one?.from && one.to && isNodeAlone(draft, one.from))
      return renameIn(draft, one.from, one.to);
    const made: string[] = [];
    addOps(draft, "rename", (column) =>
      pairs.map(({ from = "", to = "" }): Op => {
        requireColumn(draft, from, explicit);
        made.push(`${column(from)} to ${to}`);
        return { op: "rename", from: column(from), to };
      }),
    );
    return `Renames ${listed(made)}.`;
  };
};

const DROP = whole(
  `(?<verb>drop|remove|delete|leave out|exclude|omit|get rid of|discard) (?<the>the )?(?<word>(?:columns?|fields?) )?(?<list>${COLUMNS})(?<after> (?:columns?|fields?))?`,
);

/** "drop notes and internal_id", "remove the column x". */
export const drop: Recogniser = (clause) => {
  const { list = "", word, after, verb = "" } = DROP.exec(clause)?.groups ?? {};
  const names = columnNames(list);
  if (!names) return undefined;
  const explicit = Boolean(word || after);
  return (draft) => {
    const [only = ""] = names;
    if (!explicit && names.length === 1 && /^(?:remove|delete)$/i.test(verb) && isNodeAlone(draft, only))
      return removeIn(draft, only);
    let fields: string[] = [];
    addOps(draft, "drop", (column) => {
      for (const name of names) {
        requireColumn(draft, name, explicit);
        if (!explicit && !/^drop$/i.test(verb) && isColumn(draft, name) === undefined) {
          throw new CannotDo(`Do you mean the column ${name}? Say "remove the column ${name}".`);
        }
      }
      fields = names.map(column);
      return [{ op: "drop", fields }];
    });
    return `Drops ${listed(fields)}.`;
  };
};

const CAST = whole(
  `(?:cast|convert|change|turn|parse|make|treat|read|interpret|set) (?:the )?(?:type of )?${THE_COLUMN}(?<list>${COLUMNS})(?:'s type)?(?: columns?)? (?:(?:to|into|as|be)(?: an?)?(?: type)?|an?) (?<type>[a-z][a-z0-9 ]*?(?:\\(\\d+(?: ?, ?\\d+)?\\))?)(?: (?:with|using)(?: the)? format ["']?(?<format>%[^"']+?)["']?)?(?:,? (?:and |or |else )?(?<error>null|quarantine|fail)(?: (?:it|them|rows|values|the row|the rows|bad rows|bad values))?(?: (?:if|when|on) .*(?:fails?|error|errors|failure|possible|work|works|cannot|bad|invalid).*)?)?`,
);
const TYPE_WORDS: Record<string, string> = {
  number: "decimal",
  numeric: "decimal",
  "floating point": "double",
  datetime: "timestamp",
  text: "string",
  "whole number": "bigint",
  "date and time": "timestamp",
};

/** "cast amount to decimal(12,2)", "parse ordered_at as a timestamp". */
export const cast: Recogniser = (clause) => {
  const { list = "", type = "", format, error } = CAST.exec(clause)?.groups ?? {};
  const names = columnNames(list);
  const parsed = parseIrType(TYPE_WORDS[type.trim().toLowerCase()] ?? type.trim());
  if (!names || !parsed.ok) return undefined;
  const to = formatIrType(parsed.type);
  const onError = error?.toLowerCase() as "null" | "quarantine" | "fail" | undefined;
  return (draft) => {
    let fields: string[] = [];
    addOps(draft, "cast", (column) => {
      fields = names.map(column);
      return fields.map(
        (field): Op => ({
          op: "cast",
          field,
          to,
          ...(format ? { format } : {}),
          ...(onError ? { onError } : {}),
        }),
      );
    });
    const bad = { null: "become null", quarantine: "go to quarantine", fail: "stop the run" }[
      onError ?? "fail"
    ];
    return `Casts ${listed(fields)} to ${to}; values that cannot be cast ${bad}.`;
  };
};

const CASE = whole(
  `(?:(?<fn>lower-?case|upper-?case|trim)|(?:convert|change|turn|make|put) (?=.*(?:lower|upper)))(?: the)? ?${THE_COLUMN}(?<list>${COLUMNS})(?: (?:in)?to)?(?: ?(?<to>lower ?-?case|upper ?-?case))?`,
);

/** "lowercase email", "trim name", "convert country to uppercase". */
export const textCase: Recogniser = (clause) => {
  const { fn, list = "", to } = CASE.exec(clause)?.groups ?? {};
  const names = columnNames(list);
  const word = (fn ?? to ?? "").toLowerCase();
  if (!names || !word || (fn && to)) return undefined;
  const call = word.startsWith("low") ? "lower" : word.startsWith("up") ? "upper" : "trim";
  return (draft) => {
    let fields: string[] = [];
    addOps(draft, call, (column) => {
      fields = names.map(column);
      return fields.map(
        (field): Op => ({ op: "expression", field, expr: `${call}(${columnExpression(field)})` }),
      );
    });
    return `Sets ${listed(fields)} to ${call}(…) of itself.`;
  };
};
