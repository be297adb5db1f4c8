import type { EndedRun } from "#lib/runs/index.ts";
import { type Fact, factsOf, RECOVERABLE } from "./facts.ts";
import type { NoticePipeline } from "./notice.ts";
import { type Problem, seeProblem } from "./open-problem.ts";
import type { Message } from "./put-down.ts";
import { problemOf, runNotice, type Telling } from "./run-notice.ts";
import type { Topic } from "./schema.ts";

/** The problems of one pipeline that a channel knows to be open, by topic. Changed in place. */
export type Problems = Map<Topic, Problem>;

/**
 * What a channel is told of a run that has ended: new problems at once, old ones ever less often, their end once.
 * @param topics what the channel asks for.
 */
export function tellOfRun(
  run: EndedRun,
  pipeline: NoticePipeline,
  topics: readonly Topic[],
  problems: Problems,
): Message[] {
  const subject = subjectOf(run);
  const at = run.finishedAt;
  const tellings: Telling[] = [];
  const seen = new Set<Topic>();
  for (const fact of factsOf(run)) {
    const topic = trackedAs(fact, topics);
    if (!topic) continue;
    seen.add(topic);
    const before = problems.get(topic);
    const now = seeProblem(before, { subject, at });
    if (!now) continue;
    problems.set(topic, now.problem);
    if (now.tell && topics.includes(topic))
      tellings.push({ topic, why: fact.why, problem: problemOf(now.problem, before) });
  }
  if (run.status.startsWith("completed")) {
    const over = close(problems, seen);
    if (over && topics.includes("run.recovered"))
      tellings.push({ topic: "run.recovered", problem: { ...over, sinceLast: over.seen } });
    if (run.status === "completed" && topics.includes("run.completed"))
      tellings.push({ topic: "run.completed" });
  }
  return tellings.map((telling) => ({
    topic: telling.topic,
    subject,
    body: runNotice(run, pipeline, telling),
  }));
}

/** Of one attempt a channel is told once; a run that is retried by hand and ends again is told again. */
export const subjectOf = ({ id, attempt }: Pick<EndedRun, "id" | "attempt">): string =>
  `run:${id}:${attempt}`;

/** Who asks only for recoveries is not told of failures, but they are remembered for it. */
function trackedAs({ topics: possible }: Fact, wanted: readonly Topic[]): Topic | undefined {
  const topic = possible.find((each) => wanted.includes(each));
  if (topic || !wanted.includes("run.recovered")) return topic;
  return possible.find((each) => RECOVERABLE.includes(each));
}

/** Forgets what a completed run did not show again. @returns a problem that is over and whose end is worth telling. */
function close(problems: Problems, seen: ReadonlySet<Topic>): Problem | undefined {
  let over: Problem | undefined;
  for (const [topic, problem] of problems) {
    if (seen.has(topic) || topic === "schedule.left_out") continue;
    problems.delete(topic);
    if (RECOVERABLE.includes(topic)) over = problem;
  }
  return over;
}
