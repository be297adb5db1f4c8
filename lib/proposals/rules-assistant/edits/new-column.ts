import { parseExpression, sqlLiteral } from "#lib/ir/index.ts";
import type { Op } from "#lib/ir/schema.ts";
import { CannotDo, type Recogniser } from "../draft.ts";
import { COLUMN, columnName, NUMBER, numberOf, whole } from "../words.ts";
import { addOps, isColumn } from "./transform.ts";

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
