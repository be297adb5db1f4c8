import { formatIrType, parseExpression, parseIrType, sqlLiteral } from "#lib/ir/index.ts";
import type { Op } from "#lib/ir/schema.ts";
import { CannotDo, columnOf, type Draft, type Recogniser, targetOf } from "../draft.ts";
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
import { removeIn, renameIn } from "./nodes.ts";
import { addOps, isColumn, opsBefore } from "./transform.ts";

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

const ADD = whole(
  `(?:add|create|append|set|compute|calculate|derive|define) (?:an? |the )?(?:new |constant |computed |calculated )?(?<word>(?:columns?|fields?) )?(?:called |named )?(?<name>${COLUMN})(?: (?:columns?|fields?))? ?(?:with (?:the )?value|with|set to|holding|equal to|as|to|=|:|containing|from) ?(?<value>.+)`,
);

/** "add a column source with value 'web'", "add total = price * quantity", "set country to 'DE'". */
export const addField: Recogniser = (clause) => {
  const bare = NEW.exec(clause)?.groups?.name;
  if (bare && columnName(bare))
    return () => {
      throw new CannotDo(
        `What should ${bare} hold? Say, for instance, "add a column ${bare} with value 'x'".`,
      );
    };
  const { name = "", value: text = "" } = ADD.exec(clause)?.groups ?? {};
  const field = columnName(name);
  const value = constant(text.trim()) ?? worded(clause, text.trim());
  const expr = value === undefined ? (moment(text.trim()) ?? expression(text.trim())) : undefined;
  if (!field || (value === undefined && expr === undefined)) return undefined;
  return (draft) => {
    // A constant over a column that is there is an expression: add_field only adds.
    const standing = isColumn(draft, field) === true;
    if (typeof value === "string" && text.trim() === value && isColumn(draft, value))
      throw new CannotDo(`Is ${value} the column or a text? Put texts in quotes.`);
    addOps(draft, "fields", (column): Op[] => {
      if (value === undefined) return [{ op: "expression", field, expr: expr ?? "" }];
      if (!standing) return [{ op: "add_field", field, value }];
      return [{ op: "expression", field: column(field), expr: sqlLiteral(value) }];
    });
    return `Sets ${field} to ${value === undefined ? expr : JSON.stringify(value)} in every row.`;
  };
};

/** "with the value web": a text, said to be one. */
const worded = (clause: string, text: string) =>
  /\b(?:with|to|of) (?:the )?(?:constant )?(?:value|text) [\w-]+$/i.test(clause) && /^[\w-]+$/.test(text)
    ? text
    : undefined;

const NEW = whole(
  `(?:add|create) (?:an? |the )?(?:new )?(?:column|field)(?: called| named)? (?<name>${COLUMN})`,
);

/** "the current timestamp", "today's date" as an expression. */
function moment(text: string): string | undefined {
  if (
    /^(?:the )?(?:(?:current|load(?:ing)?|run|ingestion) )?(?:timestamp|time|date ?time)(?: of (?:the )?(?:load|run))?$|^now$/i.test(
      text,
    )
  )
    return "now()";
  return /^(?:the )?(?:current|load|run|today'?s) date$|^today$/i.test(text) ? "today()" : undefined;
}

function constant(text: string): string | number | boolean | null | undefined {
  const quoted = /^(["'])([^"']*)\1$/.exec(text);
  if (quoted) return quoted[2];
  if (/^(true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (/^null$/i.test(text)) return null;
  return new RegExp(`^(?:${NUMBER})$`).test(text) ? numberOf(text) : undefined;
}

/** An expression that computes something: a bare word would be a guess. */
function expression(text: string): string | undefined {
  return /[+\-*/|()]/.test(text) && parseExpression(text).ok ? text : undefined;
}

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
