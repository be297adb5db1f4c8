import type { DatasetLevel, Op, RowRule } from "#lib/ir/schema.ts";
import { CannotDo, columnOf, type Draft, type Edit, targetOf } from "./draft.ts";
import { addOps, opsBefore } from "./edits/transform.ts";
import { FILLERS } from "./lexicon.ts";
import { columnMeant, type Names } from "./names.ts";
import { opInWords } from "./node-words.ts";
import { heard, said } from "./say.ts";
import { columnNames, listed, numberOf } from "./words.ts";

const THE = "[the |also ]?";
const SAME = [
  said(
    `[and ][also ][please ][do ][the ]?(same|do (it|that|this)) (for|to|with|on) ${THE}{cols}[ (too|as well|also|please)]?[ please]?`,
  ),
  said(`[and ][also ]${THE}{cols}[ columns?]? (too|as well)[ please]?`),
];
const OTHER_WAY = [
  said(
    "[no |actually |rather |please ]?[wait ]?{verb:op}[ (it|that|this|them|{col})]?[ (completely|fully)]? (instead|rather|instead of (mask|hash|redact)ing( it)?|rather than (mask|hash|redact)(ing)?( it)?)",
  ),
  said(
    "[no |actually |rather |please ]+[wait ]?{verb:op} (it|that|this|them)[ (completely|fully|partially)]?",
  ),
  said(
    "(with|by|use|using)[ a| the]? (?<op>redact|redaction|redacting|hash|hashing|partial|partial masking|mask|masking)[ instead| rather]+",
  ),
];
const NUMBER_ONLY = [
  said(
    "[no |rather |better |actually |and ]?[(make|set) (that|it|this)[ to| at]?|take|use|let us say|say|raise it to|lower it to|increase it to|decrease it to|reduce it to] {n}[ rows]?[ instead| rather]?",
  ),
  said("{n:old} (is|are) too (few|many|little|much|low|high)[,][ (make it|take|use|better|rather)] {n}"),
  said("{n}[ rows]? (instead|rather)[ of {n:old}]?"),
];
const ACT = "(?<act>warn|warning|abort|stop|fail|quarantine|drop)";
const OTHER_ACT = [
  said(
    `[(it|that|this) ]?[should |shall |must ]?(only|just)[ give| raise]?[ a]? ${ACT}[ (about it|me|us)]?[ instead| rather| please]*`,
  ),
  said(
    `[no |rather |better |actually ]*[should |shall ]?${ACT}[ (them|it|the rows?|the run|me)]? (instead|rather)[ please]?`,
  ),
  said(
    `${ACT} [rows|those|the rows]? ?[with an? (bad|invalid|wrong|failing) {col}]?[ them| it]? ?(instead of|rather than) (dropping|warning|aborting|quarantining|rejecting|stopping|failing)( them| it| the run)?`,
  ),
  said(`(make|turn) (it|that|this) (into )?(a|an) ${ACT}`),
];
const NAMED_ACT = [
  said(`[the ]{col} (rule|check|validation) {must}[ only| just]? ${ACT}( only)?`),
  said(`(let|make|have) [the ]{col} (rule|check|validation)[ only| just]? ${ACT}`),
];
const OTHER_BOUND = [
  said(
    "[and ][also ]?(?<max>at most|maximum|max|not more than|no more than|up to)[ of]? {n}[ rows]?[ too| as well]?",
  ),
  said(
    "[and ][also ]?(?<min>at least|minimum|min|not less than|not fewer than|no fewer than)[ of]? {n}[ rows]?[ too| as well]?",
  ),
];

/**
 * What refines the proposal that is open, or the document as it stands: "the same for phone", "hash it instead", "make
 * that 200". It is understood only where the document has one thing alone that can be meant.
 */
export function followUp(written: string, names: Names): Edit | undefined {
  const clause = written
    .replace(/,/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .replace(/[ .!?]+$/, "")
    .replace(/^(?:ok|okay|well|hm+|oh|yes)[ ,]+/i, "")
    .replace(/ (?:please|thanks|pls)$/i, "");
  const same = heard(SAME, written.replace(FILLERS.before, "").trim());
  const cols = columnNames(same?.cols ?? "");
  if (cols?.every((name) => columnMeant(names, name) !== undefined)) return (draft) => sameFor(draft, cols);
  const way = heard(OTHER_WAY, clause);
  if (way?.op) return (draft) => otherWay(draft, clause, way.col);
  const n = heard(NUMBER_ONLY, clause);
  if (n)
    return (draft) =>
      otherNumber(draft, numberOf(n.n ?? ""), n.old === undefined ? undefined : numberOf(n.old));
  const act = heard([...NAMED_ACT, ...OTHER_ACT], clause);
  if (act) return (draft) => otherAct(draft, act.act ?? "", act.col);
  const bound = heard(OTHER_BOUND, clause);
  return (
    bound && ((draft) => otherBound(draft, numberOf(bound.n ?? ""), bound.max === undefined ? "min" : "max"))
  );
}

/** The one thing that can be meant. @throws CannotDo */
function only<T>(found: readonly T[], what: string, words: (one: T) => string): T {
  const [one, second] = found;
  if (one !== undefined && second === undefined) return one;
  throw new CannotDo(
    found.length === 0
      ? `I do not know what that is about: there is no ${what} here.`
      : `I do not know which ${what} you mean: ${listed(found.map(words))}. Name it.`,
  );
}

function sameFor(draft: Draft, columns: string[]): string {
  const input = targetOf(draft).input;
  const kinds = new Map(
    opsBefore(draft)
      .filter(isPerColumn)
      .map((op) => [kindOf(op), op]),
  );
  const like = only([...kinds.values()], "step of one column", opInWords);
  const fields = columns.map((name) => columnOf(draft, input, name));
  const made = fields.map((field): Op => {
    if (like.op === "drop") return { op: "drop", fields: [field] };
    if (like.op === "mask_pii") return { ...like, field, strategy: strategyFor(field) };
    return { ...like, field };
  });
  addOps(draft, "same", () => made);
  return `Does the same for ${listed(fields)}: ${listed(made.map(opInWords))}.`;
}

type PerColumn = Extract<Op, { op: "drop" | "mask_pii" | "hash" | "cast" }>;
const isPerColumn = (op: Op): op is PerColumn => ["drop", "mask_pii", "hash", "cast"].includes(op.op);
const kindOf = (op: PerColumn) =>
  `${op.op} ${op.op === "cast" ? op.to : op.op === "hash" ? op.algorithm : ""}`;

const strategyFor = (field: string) =>
  /e-?mail/i.test(field)
    ? "email"
    : /phone|mobile|(^|_)tel(_|$)/i.test(field)
      ? "phone"
      : ("redact" as const);

function otherWay(draft: Draft, clause: string, column: string | undefined): string {
  const hidden = opsBefore(draft).filter((op) => op.op === "mask_pii" || op.op === "hash");
  const input = targetOf(draft).input;
  const name = column && columnOf(draft, input, column);
  const fits = hidden.filter((one) => name === undefined || one.field === name);
  const op = only(fits, "mask or hash", opInWords);
  const { field } = op;
  const before = opInWords(op);
  const words = clause.replace(/(?:instead of|rather than).*$/i, "");
  const now: Op = /hash/i.test(words)
    ? { op: "hash", field, algorithm: /md5/i.test(words) ? "md5" : "sha256" }
    : {
        op: "mask_pii",
        field,
        strategy: /redact|completely|fully/i.test(words)
          ? "redact"
          : /partial/i.test(words)
            ? "partial"
            : strategyFor(field),
      };
  for (const node of draft.ir.nodes)
    if (node.kind === "transform") node.ops = node.ops.map((one) => (one === op ? now : one));
  return `Now ${opInWords(now)}; no longer ${before}.`;
}

type Check = { name: string; level: { min?: number; max?: number; onFail?: string } };
type Checks = { checks: Check[]; rules: RowRule[]; level?: DatasetLevel };

/** Every check of the lane. */
function checksOf(draft: Draft): Checks {
  const found: Checks = { checks: [], rules: [] };
  let input: string | undefined = targetOf(draft).input;
  for (let steps = 0; input !== undefined && steps <= draft.ir.nodes.length; steps++) {
    const node = draft.ir.nodes.find(({ id }) => id === input);
    if (node?.kind !== "transform" && node?.kind !== "validate") break;
    if (node.kind === "validate") {
      found.rules.push(...(node.rowLevel ?? []));
      found.checks.push(...Object.entries(node.datasetLevel ?? {}).map(([name, level]) => ({ name, level })));
    }
    input = node.input;
  }
  return found;
}

function otherNumber(draft: Draft, now: number, old: number | undefined): string {
  const { checks, rules } = checksOf(draft);
  const bounds = checks.flatMap(({ name, level }) =>
    (["min", "max"] as const).flatMap((side) =>
      level[side] === undefined
        ? []
        : [
            {
              at: `${name} ${side}`,
              value: level[side],
              set: () => {
                level[side] = now;
              },
            },
          ],
    ),
  );
  const numbered = rules.flatMap((rule) => {
    const [, name = "", value] = /^(\w+):(-?\d+(?:\.\d+)?)$/.exec(rule.rule) ?? [];
    return value === undefined
      ? []
      : [
          {
            at: `${rule.field} ${rule.rule}`,
            value: Number(value),
            set: () => {
              rule.rule = `${name}:${now}`;
            },
          },
        ];
  });
  const retry = draft.ir.errorHandling?.retry;
  const tries = retry
    ? [
        {
          at: "retries",
          value: retry.maxAttempts,
          set: () => {
            retry.maxAttempts = now;
          },
        },
      ]
    : [];
  const filters = opsBefore(draft).flatMap((op) => {
    const [value, second] =
      op.op === "filter" ? (op.expr.match(/(?<![\w.'])\d+(?:\.\d+)?(?![\w.'])/g) ?? []) : [];
    if (op.op !== "filter" || value === undefined || second !== undefined) return [];
    return [
      {
        at: `filter ${op.expr}`,
        value: Number(value),
        set: () => {
          op.expr = op.expr.replace(value, String(now));
        },
      },
    ];
  });
  const all = [...bounds, ...numbered, ...tries, ...filters].filter(
    ({ value }) => old === undefined || value === old,
  );
  refuseOthers(draft, now);
  const meant = only(all, "number", ({ at, value }) => `${at} (${value})`);
  meant.set();
  return `${meant.at} is now ${now} instead of ${meant.value}.`;
}

/** A bare number may be an hour, or belong to an op: not ours to decide. @throws CannotDo */
function refuseOthers(draft: Draft, now: number): void {
  if (draft.ir.schedule && now <= 24)
    throw new CannotDo(`Is ${now} a time? Say "run it at ${now}", or name what should be ${now}.`);
  const other = opsBefore(draft).find(
    (op) => op.op !== "filter" && /\d/.test(JSON.stringify(op).replace(/"(?:md5|sha256)"/, "")),
  );
  if (other) throw new CannotDo(`Is that about "${opInWords(other)}"? Name what should be ${now}.`);
}

function otherAct(draft: Draft, word: string, column: string | undefined): string {
  const { checks, rules } = checksOf(draft);
  const act = /^warn/i.test(word)
    ? "warn"
    : /^(?:abort|stop|fail)/i.test(word)
      ? "abort"
      : word.toLowerCase();
  const fits = rules.filter(
    ({ field }) => column === undefined || field.toLowerCase() === column.toLowerCase(),
  );
  const ofRows = fits.map((rule) => ({
    at: `${rule.field} ${rule.rule}`,
    set: () => {
      rule.onFail = act as RowRule["onFail"];
    },
  }));
  const ofAll = checks.map(({ name, level }) => ({
    at: name,
    set: () => {
      level.onFail = act;
    },
  }));
  const isOfRows = act === "quarantine" || act === "drop" || column !== undefined;
  const meant = only(isOfRows ? ofRows : [...ofAll, ...ofRows], "check", ({ at }) => at);
  meant.set();
  return `The check ${meant.at} now leads to: ${act}.`;
}

function otherBound(draft: Draft, n: number, side: "min" | "max"): string {
  const { checks } = checksOf(draft);
  const numbered = checksOf(draft).rules.filter(({ rule }) => /\d/.test(rule));
  if (numbered.length > 0) throw new CannotDo("Of rows, or of a column's values? Name what is meant.");
  const counts = checks.filter(({ name }) => name === "rowCount" || name === "cardinality");
  const { name, level } = only(counts, "row count", (one) => one.name);
  level[side] = n;
  return `${name}: ${side === "min" ? "at least" : "at most"} ${n}.`;
}
