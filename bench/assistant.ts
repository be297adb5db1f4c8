import { chooseModel, providerFromEnv } from "#lib/model/index.ts";
import { rulesAssistant } from "#lib/proposals/index.ts";
import { askCase, type Outcome } from "./assistant/ask-case.ts";
import { sets } from "./assistant/cases.ts";
import type { BenchResult } from "./report.ts";

/** Requests after which a provider that has answered none is not asked on. */
const ENOUGH = 5;

/** Sets whose failures are printed one by one; of the others only the figures are. */
const SHOWN: readonly string[] = ["development"];

/**
 * The open evaluation of the assistant: requests, documents and what each must come to, asked through the product's
 * own loop of prompt, constrained answer, patch and checks. PENSTOCK_AI_* choose who is asked; by default the rules.
 */
export default async function assistant(): Promise<BenchResult> {
  const model = chooseModel(providerFromEnv(), rulesAssistant);
  const outcomes: (Outcome & { set: string })[] = [];
  for (const [set, cases] of Object.entries(sets)) {
    for (const one of cases) {
      outcomes.push({ ...(await askCase(one, model)), set });
      if (outcomes.length === ENOUGH && outcomes.every(({ tokens }) => tokens === 0))
        throw new Error(`${model.provider} answers nothing: ${outcomes[0]?.verdict.why}`);
    }
  }
  const families = [...new Set(outcomes.map(({ family }) => family))];
  const failed = outcomes.filter(({ set, verdict }) => SHOWN.includes(set) && !verdict.correct);
  return {
    about: `${model.provider} ${model.modelId} asked ${outcomes.length} requests. Development: the set that the rules are worked on with. Held out: requests that nobody looks at while working on the rules. Valid: the answer passed all three layers. Correct: it does what was asked, all of it and nothing else; where nothing can or should change, it changes nothing and says so. Wrong guess: it changes something that was not asked for, or otherwise than asked.`,
    columns: [
      "requests about",
      "cases",
      "valid %",
      "correct %",
      "wrong guesses",
      "attempts",
      "tokens",
      "seconds",
    ],
    rows: [
      ...families.map((family) =>
        rowOf(
          family,
          outcomes.filter((one) => one.family === family),
        ),
      ),
      ...Object.keys(sets).map((set) =>
        rowOf(
          `**all, ${set}**`,
          outcomes.filter((one) => one.set === set),
        ),
      ),
    ],
    notes: failed.map(({ on, ask, verdict }) => `Fails: "${shorten(ask)}" (${on}): ${shorten(verdict.why)}`),
  };
}

function rowOf(family: string, outcomes: Outcome[]): (string | number)[] {
  const share = (is: (one: Outcome) => boolean) =>
    (outcomes.filter(is).length / Math.max(1, outcomes.length)) * 100;
  const mean = (of: (one: Outcome) => number) =>
    outcomes.reduce((sum, one) => sum + of(one), 0) / Math.max(1, outcomes.length);
  return [
    family,
    outcomes.length,
    share((one) => one.valid).toFixed(1),
    share((one) => one.verdict.correct).toFixed(1),
    outcomes.filter((one) => one.verdict.guessed).length,
    mean((one) => one.attempts).toFixed(2),
    Math.round(mean((one) => one.tokens)),
    mean((one) => one.seconds).toFixed(3),
  ];
}

const shorten = (text: string) => text.replace(/[|\s]+/g, " ").slice(0, 240);
