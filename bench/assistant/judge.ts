import { isDeepStrictEqual } from "node:util";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { isGone, isLike, MAY_GO, type Want } from "./expect.ts";
import { type Fact, factsOf } from "./facts.ts";

/** What an answer came to. `guessed`: it changed something that was not asked for, or not as it was asked. */
export type Verdict = { correct: boolean; guessed: boolean; why: string };

/** Compares what an answer changed with what was asked: all of that, and nothing else. */
export function judge(before: PipelineIr, after: PipelineIr, rationale: string, want: Want): Verdict {
  const base = "renamed" in want && want.renamed ? renamed(before, want.renamed) : before;
  const { fresh, gone } = difference(base, after);
  const changed = !isDeepStrictEqual(before, after);
  if ("said" in want) {
    const said = want.said.test(rationale) && !(want.answered && /did not understand/i.test(rationale));
    const why = changed ? `changed ${places(fresh, gone)}` : said ? "" : `said "${rationale}"`;
    return { correct: !changed && said, guessed: changed, why };
  }
  const missing: string[] = [];
  for (const [at, like] of want.changes) {
    if (like === MAY_GO) continue;
    const [among, wanted] = isGone(like) ? [gone, like.gone] : [fresh, like];
    const index = among.findIndex((fact) => at.split("|").includes(fact.at) && isLike(wanted, fact.value));
    if (index < 0) missing.push(at);
    else among.splice(index, 1);
  }
  // A single setting that was set anew took the place of what stood there.
  const replaced = new Set(want.changes.map(([at]) => at).filter((at) => !/\.(?:op|rule|check)$/.test(at)));
  const left = gone.filter((fact) => !replaced.has(fact.at) && !isOfGoneLane(fact, want.changes));
  const problems = [
    ...(changed ? [] : [`changed nothing: "${rationale}"`]),
    ...(missing.length > 0 ? [`lacks ${missing.join(", ")}`] : []),
    ...(fresh.length + left.length > 0 ? [`changed ${places(fresh, left)}`] : []),
  ];
  return {
    correct: problems.length === 0,
    guessed: changed && problems.length > 0,
    why: problems.join("; "),
  };
}

/** A target that was to go takes its settings and its source along. */
function isOfGoneLane({ at }: Fact, changes: [at: string, like: unknown][]): boolean {
  return changes.some(
    ([place, like]) =>
      place === "lane" &&
      isGone(like) &&
      typeof like.gone === "string" &&
      (at.startsWith(`${like.gone}.`) || at.startsWith(`source.${like.gone.replace(/^load_/, "")}.`)),
  );
}

function difference(before: PipelineIr, after: PipelineIr): { fresh: Fact[]; gone: Fact[] } {
  const known = new Set(before.nodes.map(({ id }) => id));
  const gone = factsOf(before, known);
  const fresh: Fact[] = [];
  for (const fact of factsOf(after, known)) {
    const index = gone.findIndex((other) => isDeepStrictEqual(other, fact));
    if (index < 0) fresh.push(fact);
    else gone.splice(index, 1);
  }
  return { fresh, gone };
}

function renamed(ir: PipelineIr, [from, to]: [string, string]): PipelineIr {
  const text = JSON.stringify(ir.nodes, (key, value) =>
    ["id", "input", "left", "right", "with"].includes(key) && value === from ? to : value,
  );
  return { ...ir, nodes: JSON.parse(text) };
}

const places = (fresh: Fact[], gone: Fact[]): string =>
  [
    ...fresh.map(({ at, value }) => `+${at} ${JSON.stringify(value)}`),
    ...gone.map(({ at, value }) => `-${at} ${JSON.stringify(value)}`),
  ].join(", ");
