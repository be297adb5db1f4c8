import type { PipelineIr } from "#lib/ir/schema.ts";
import { CannotDo, nodeBefore, type Recogniser, targetOf } from "../draft.ts";
import { COUNTS } from "../lexicon.ts";
import { heard, said } from "../say.ts";

const COUNT = `(?<n>\\d{1,3}|${Object.keys(COUNTS).join("|")})`;
const WHEN = "[ (when|if|on|before|after) {any:when}]";
const BACKOFF =
  "[,][ and][ with| using| by]?[ an?]?[ (?<backoff>exponential|fixed|constant)(ly)?[ back-?off| delay| waits?| intervals?]]";
const RETRY = [
  said(
    `(retry|try again|retries)[ (it|this|a run|the run|failed runs?|the pipeline)][ up to| at most]? ${COUNT}[ times?]${WHEN}${BACKOFF}`,
  ),
  said(
    `(make|do|allow|set|use|give it)? ?[up to |at most |max(imum)? |maximum of ]${COUNT} (attempts|retries|tries)[ (max|at most|in all)]?${WHEN}${BACKOFF}`,
  ),
  said(
    `(set|change) [the ](max attempts|retries|number of (retries|attempts)|attempts) to ${COUNT}${BACKOFF}`,
  ),
  said(`retries?(:| =)? ${COUNT}${BACKOFF}`),
];
const ONLY_BACKOFF = said(
  "(use |with |using |switch to |make the backoff |back ?off: ?)?[an? ]?(?<backoff>exponential|fixed|constant) (back-?off|delay between (retries|attempts))",
);
const NO_RETRY = said("((do not|don't|never) retry|no retries)[ (it|failed runs?)]?[ (when|if) it fails]?");
const DLQ = [
  said("(turn|switch) (?<on>on|off) [the ](dlq|dead letter queue|dead-letter queue)"),
  said("(turn|switch) [the ](dlq|dead letter queue|dead-letter queue) (?<on>on|off)"),
  said(
    "(?<on>enable|disable|activate|deactivate|use|remove) [the |a ](dlq|dead letter queue|dead-letter queue)",
  ),
  said("(?<on>no) (dlq|dead letter queue|dead-letter queue)"),
  said("(?<on>(?:do not |don't )?keep) [the ](rejected|bad|failed|quarantined) (rows|records)"),
];
const REJECTS = [
  said(
    "(put|write|store|keep|save|send|copy|load) [all |any ]?[the |a copy of the ]?(rejected|quarantined|bad|invalid|failed|failing) (rows|records|ones)( in| into| to)[ the]?[ quarantine]?[ table]? {table}",
  ),
  said(
    "(rejected|quarantined|bad|invalid|failed|failing) (rows|records) (should )?(go|are written|be written) (in|into|to)[ the]?[ table]? {table}",
  ),
  said("(use|set) {table} (as|for) [the ]quarantine[ table]?"),
  said("[the ]quarantine table (is|should be|:) {table}"),
];

/** What "times" is to be understood as: a failed run, and nothing with a condition of its own. */
const FAILS = /^[\w ]*\b(?:fails?|failed|failure|errors?|crash(?:es)?|giving up|breaks?|goes wrong)$/i;

/** "retry 3 times with exponential backoff", "turn off the dlq", "put rejected rows in sales.rejects". */
export const onFailure: Recogniser = (clause) => {
  const retry = heard(RETRY, clause);
  const count = retry && (COUNTS[(retry.n ?? "").toLowerCase()] ?? Number(retry.n));
  if (count !== undefined && (!retry?.when || FAILS.test(retry.when))) {
    return ({ ir }) => {
      if (count < 1 || count > 10) throw new CannotDo("A run is tried 1 to 10 times.");
      setRetry(ir, { maxAttempts: count, ...backoffOf(retry?.backoff) });
      return `A failed run is tried up to ${count} times${retry?.backoff ? `, with ${ir.errorHandling?.retry?.backoff} backoff` : ""}.`;
    };
  }
  const backoff = ONLY_BACKOFF.exec(clause)?.groups?.backoff;
  if (backoff)
    return ({ ir }) => {
      const standing = ir.errorHandling?.retry;
      if (!standing)
        throw new CannotDo('Say how often a run is tried as well: "retry 3 times with fixed backoff".');
      setRetry(ir, { ...standing, ...backoffOf(backoff) });
      return `Waits between attempts are ${backoffOf(backoff).backoff}.`;
    };
  if (NO_RETRY.test(clause))
    return ({ ir }) => {
      setRetry(ir, { maxAttempts: 1 });
      return "A failed run is not tried again.";
    };
  const on = heard(DLQ, clause)?.on;
  if (on) {
    const enabled = /^(?:on|enable|activate|use|keep)$/i.test(on);
    return ({ ir }) => {
      ir.errorHandling = { ...ir.errorHandling, dlq: { enabled } };
      return enabled ? "Rejected rows are kept." : "Rejected rows are counted, but no longer kept.";
    };
  }
  const table = heard(REJECTS, clause)?.table;
  return table === undefined
    ? undefined
    : (draft) => {
        const node = nodeBefore(draft, targetOf(draft), "validate", "validate");
        if (!node.rowLevel && !node.datasetLevel)
          throw new CannotDo(
            "No row is rejected here yet: add a check first, then say where its rejected rows go.",
          );
        node.quarantine = { ...node.quarantine, table };
        return `Rows that ${node.id} rejects are written to ${table} as well.`;
      };
};

function setRetry(ir: PipelineIr, retry: NonNullable<NonNullable<PipelineIr["errorHandling"]>["retry"]>) {
  ir.errorHandling = { ...ir.errorHandling, retry: { ...ir.errorHandling?.retry, ...retry } };
}

const backoffOf = (word: string | undefined): { backoff?: "fixed" | "exponential" } =>
  word ? { backoff: /^exp/i.test(word) ? "exponential" : "fixed" } : {};
