import { parseRule } from "#lib/ir/index.ts";
import { columnOf, type Draft, nodeBefore, type Recogniser, targetOf } from "../draft.ts";
import { DONE, LOADED } from "../lexicon.ts";
import { COLUMNS, columnNames, listed, NUMBER, numberOf, THE_COLUMN, whole } from "../words.ts";

type Action = "quarantine" | "drop" | "warn" | "abort";

const MUST =
  "(?:must(?: always)?|should(?: always)?|has to|have to|needs to|need to|shall) (?<b1>be |not be |equal |match |have |start with )?";
const CANNOT =
  "(?:must not|must never|mustn't|cannot|can't|may not|should not|should never|shouldn't|can not|can never) (?:ever )?be ";
const ACTION =
  "(?:,? ?(?:and |or |or else |otherwise |else |if not,? )?(?<action>quarantine|drop|discard|warn|abort|stop|fail|reject)(?: (?:the |those |such |bad |other |invalid |failing )?(?:rows?|run|load|ones?|them|it|records?|others?|rest))?(?:,? (?:otherwise|if not|if it is not|if they are not|when it is not|that (?:do not|don't|does not|doesn't|fail)(?: .*)?|if it fails|on failure))?)?";
const RULE = whole(
  `(?:(?:make sure|ensure|check|verify|validate|require|assert|add a (?:row )?(?:rule|check)|add a validation)(?: that|:)? )?(?:every |each |all )?${THE_COLUMN}(?<list>${COLUMNS})(?: column| field| values?)? (?:${MUST}|(?<not>${CANNOT})|(?<is>is |are |be |to be )(?<isnot>not |never )?)(?<body>.+?)${ACTION}`,
);
const VALID = whole(
  `(?:validate|check) ${THE_COLUMN}(?<list>${COLUMNS}) (?:as|is|for) (?:an? )?(?:valid )?(?<body>e-?mails?(?: address(?:es)?)?|urls?|uuids?|dates?)${ACTION}`,
);
const REQUIRE = whole(
  `(?:(?:require|need) (?:that )?(?:the )?(?:columns? |fields? )?(?<list>${COLUMNS})|make (?:the )?(?:columns? |fields? )?(?<made>${COLUMNS})(?: columns?| fields?)? (?:required|mandatory|not null|non-null))${ACTION}`,
);
const REJECT = whole(
  `(?<verb>reject|quarantine|warn (?:about|on)|abort on|fail on) (?:any |all |the )?(?:rows? |records? )?(?:with |having |where (?:the )?)?(?:an? )?(?<bad>invalid|bad|broken|malformed|wrong|missing|empty|null|negative) ${THE_COLUMN}(?<list>${COLUMNS})(?: values?)?`,
);

const BAD: Readonly<Record<string, string>> = {
  invalid: "valid",
  bad: "valid",
  broken: "valid",
  malformed: "valid",
  wrong: "valid",
  negative: "non-negative",
};

/** "amount must be positive", "email must be valid, quarantine otherwise", "reject rows with missing id". */
export const rowRule: Recogniser = (clause) => {
  const rejected = REJECT.exec(clause)?.groups;
  if (rejected) {
    const { verb = "", bad = "", list = "" } = rejected;
    const body = BAD[bad.toLowerCase()] ?? "not null";
    return make(columnNames(list), (field) => ruleOf(body, field), actionOf(verb));
  }
  const valid = VALID.exec(clause)?.groups;
  if (valid)
    return make(
      columnNames(valid.list ?? ""),
      (field) => ruleOf(valid.body ?? "", field),
      actionOf(valid.action),
    );
  const required = REQUIRE.exec(clause)?.groups;
  if (required)
    return make(
      columnNames(required.list ?? required.made ?? ""),
      () => "not_null",
      actionOf(required.action),
    );
  const said = RULE.exec(clause)?.groups;
  if (!said) return undefined;
  const { list, b1 = "", not, is, isnot, body = "", action } = said;
  // "amount is positive" states a fact unless it is asked to be checked.
  if (is && !/^(?:make sure|ensure|check|verify|validate|require|assert|add)/i.test(clause)) {
    if (!/^(?:required|mandatory)$/i.test(body)) return undefined;
  }
  const negative = Boolean(not || isnot || /^not/i.test(b1));
  const words = /^(?:equal|match|have|start)/i.test(b1) ? `${b1.trim()} ${body}` : body;
  return make(
    columnNames(list ?? ""),
    (field) => ruleOf(negative ? `not ${words}` : words, field),
    actionOf(action),
  );
};

function make(names: string[] | undefined, rule: (field: string) => string | undefined, action: Action) {
  if (!names?.every((name) => rule(name) !== undefined && parseRule(rule(name) ?? "").ok)) return undefined;
  return (draft: Draft): string => {
    const target = targetOf(draft);
    const fields = names.map((name) => ({
      field: columnOf(draft, target.input, name),
      rule: rule(name) ?? "",
    }));
    const node = nodeBefore(draft, target, "validate", "validate");
    const rules = node.rowLevel ?? [];
    for (const { field, rule: text } of fields) {
      rules.push({ id: ruleId(rules, field, text), field, rule: text, onFail: action });
    }
    node.rowLevel = rules;
    draft.ruled = { nodeId: node.id, ids: rules.slice(-fields.length).map(({ id }) => id) };
    const checked = fields.map(({ field, rule: text }) => `${field} (${text})`);
    return `Checks in every row ${listed(checked)}; ${EFFECT[action]}.`;
  };
}

const EFFECT: Record<Action, string> = {
  quarantine: "rows that fail go to quarantine",
  drop: "rows that fail are dropped and counted",
  warn: "rows that fail are loaded with a warning",
  abort: "a row that fails stops the run",
};

function actionOf(word = ""): Action {
  if (/^(?:drop|discard)/i.test(word)) return "drop";
  if (/^warn/i.test(word)) return "warn";
  return /^(?:abort|stop|fail)/i.test(word) ? "abort" : "quarantine";
}

function ruleId(rules: readonly { id: string }[], field: string, rule: string): string {
  const base =
    `${field}_${rule.split(":")[0]}`
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "_")
      .replace(/^[^a-z]+|_+$/g, "")
      .slice(0, 55) || "rule";
  for (let n = 1; ; n++) {
    const id = n === 1 ? base : `${base}_${n}`;
    if (!rules.some((one) => one.id === id)) return id;
  }
}

const OPPOSITE: Record<string, string> = { gt: "lte", lt: "gte", gte: "lt", lte: "gt", eq: "neq" };

/** The rule that a description means: "positive" → gt:0, "at least 5" → gte:5, "one of a, b" → in:a,b. */
function ruleOf(words: string, field: string): string | undefined {
  const text = words.trim().replace(/\s+/g, " ");
  const is = (pattern: string) => new RegExp(`^(?:${pattern})$`, "i").exec(text);
  if (
    is(
      "(?:not |non-?)(?:null|empty|blank|missing)|present|filled(?: in)?|set|required|mandatory|given|provided|have a value",
    )
  )
    return "not_null";
  if (is("positive|greater than zero|above zero")) return "gt:0";
  if (is("(?:not |non-?)negative|zero or more|zero or greater|positive or zero")) return "gte:0";
  if (is("negative")) return "lt:0";
  if (is("(?:an? )?valid")) return KINDS.find((kind) => kind.test.test(field))?.rule;
  const kind = is("(?:an? )?(?:valid )?(e-?mails?|urls?|uuids?|dates?)(?: address(?:es)?)?");
  if (kind) return (kind[1] ?? "").toLowerCase().replace("-", "").replace(/s$/, "");
  const length = is("(?:have )?(at least|at most) (\\d+) (?:characters?|chars|letters)(?: long)?");
  if (length) return `length_${/least/i.test(length[1] ?? "") ? "min" : "max"}:${length[2]}`;
  const exactly = is("(?:have )?(?:exactly )?(\\d{1,4}) (?:characters?|chars|letters)(?: long)?");
  if (exactly) return `regex:^.{${exactly[1]}}$`;
  const between = is(`between (${NUMBER}) and (${NUMBER})`);
  if (between) return `between:${numberOf(between[1] ?? "")},${numberOf(between[2] ?? "")}`;
  const compared = is(
    `(not )?(greater than or equal to|at least|>=|less than or equal to|at most|<=|greater than|more than|above|over|>|less than|below|under|<|equal(?: to)?|=) ?(${NUMBER})`,
  );
  if (compared) {
    const name = COMPARE[(compared[2] ?? "").toLowerCase()] ?? "";
    return `${compared[1] ? (OPPOSITE[name] ?? "") : name}:${numberOf(compared[3] ?? "")}`;
  }
  const list = is(
    "(?:(?:either|one of|any of|in) )?\\(?((?:'[^',]*'|\"[^\",]*\"|[\\w-]+)(?:(?:, (?:or |and )?| or | and )(?:'[^',]*'|\"[^\",]*\"|[\\w-]+))+)\\)?",
  );
  const values = valuesOf(list?.[1] ?? "");
  if (
    list &&
    !values.some((value) => NO_VALUE.test(value) || isDone(value)) &&
    is("(?:either|one of|any of|in) .*|.* or .*")
  )
    return `in:${values.join(",")}`;
  const pattern = is(
    "match(?:es)? (?:the )?(?:pattern |regex |regular expression )?(?:/(.+)/|\"(.+)\"|'(.+)'|(\\^\\S+))",
  );
  if (pattern) return `regex:${pattern[1] ?? pattern[2] ?? pattern[3] ?? pattern[4]}`;
  const exact = is("(not )?(?:equal (?:to )?|exactly )?(?:'([^']*)'|\"([^\"]*)\")");
  if (exact) return `${exact[1] ? "neq" : "eq"}:${exact[2] ?? exact[3]}`;
  return undefined;
}

/** "masked" is no value: it was said what should be done. */
const isDone = (word: string) => word.toLowerCase() in DONE || word.toLowerCase() in LOADED;

/** Words that describe a value rather than being one. */
const NO_VALUE =
  /^(?:not|null|nothing|positive|negative|unique|valid|invalid|empty|missing|required|higher|lower|more|less|something|anything|else|other)$/i;

const KINDS = [
  { test: /e-?mail/i, rule: "email" },
  { test: /(^|_)(url|link|website|homepage)s?$/i, rule: "url" },
  { test: /(^|_)(uuid|guid)$/i, rule: "uuid" },
  { test: /(^|_)(date|day)$|_(at|on)$/i, rule: "date" },
];

const COMPARE: Record<string, string> = {
  "greater than or equal to": "gte",
  "at least": "gte",
  ">=": "gte",
  "less than or equal to": "lte",
  "at most": "lte",
  "<=": "lte",
  "greater than": "gt",
  "more than": "gt",
  above: "gt",
  over: "gt",
  ">": "gt",
  "less than": "lt",
  below: "lt",
  under: "lt",
  "<": "lt",
  equal: "eq",
  "equal to": "eq",
  "=": "eq",
};

const valuesOf = (text: string) =>
  text
    .split(/\s*,\s*(?:or |and )?|\s+(?:or|and)\s+/i)
    .map((value) => value.replace(/^(["'])(.*)\1$/, "$2"))
    .filter(Boolean);
