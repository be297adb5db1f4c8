import { publicUrl } from "#lib/env.ts";
import type { EndedRun } from "#lib/runs/index.ts";
import type { RunError } from "#lib/runs/schema.ts";
import { inWords } from "./mail-text.ts";
import type { Notice, NoticePipeline } from "./notice.ts";
import type { Problem } from "./open-problem.ts";
import type { Topic } from "./schema.ts";
import { toldError } from "./told-error.ts";

/** Warnings of one run that are told. */
const WARNINGS = 10;

/** What a notice of a run is made of. `told`: how often the problem had been seen when it was told before. */
export type Telling = {
  topic: Topic;
  why?: RunError;
  /** A problem that goes on, or, of a recovery, the one that is over. */
  problem?: { since: Date; seen: number; sinceLast: number };
};

/** Where a pipeline is seen, and what it is called. */
export function noticePipeline(
  id: string,
  named: { slug: string; name: string } | undefined,
): NoticePipeline {
  const slug = named?.slug ?? id;
  return {
    id,
    slug,
    name: named?.name ?? id,
    url: `${publicUrl()}/data/pipelines/${encodeURIComponent(id)}`,
  };
}

/** How a problem stands, for a notice. */
export function problemOf({ since, seen, told }: Problem, before: Problem | undefined) {
  return { since, seen, sinceLast: told > 1 ? seen - (before?.seenThen ?? 0) : seen };
}

/** What is told of a run that has ended. */
export function runNotice(run: EndedRun, pipeline: NoticePipeline, { topic, why, problem }: Telling): Notice {
  const error = run.status === "failed" && run.error ? toldError(run.error) : undefined;
  const warnings = run.warnings.slice(0, WARNINGS).map(toldError);
  return {
    type: topic,
    timestamp: run.finishedAt.toISOString(),
    data: {
      summary: summaryOf(run, pipeline, { topic, why: why && toldError(why), problem }),
      tenant: run.tenantId,
      pipeline,
      run: {
        ...{ id: run.id, url: `${publicUrl()}/data/runs/${run.id}`, version: run.pipelineVersion },
        ...{ status: run.status, trigger: run.trigger, attempt: run.attempt, rows: run.rows },
        scheduledFor: run.scheduledFor?.toISOString() ?? null,
        startedAt: run.startedAt?.toISOString() ?? null,
        finishedAt: run.finishedAt.toISOString(),
      },
      ...(error && { error }),
      ...(warnings.length > 0 && { warnings }),
      ...(problem && {
        problem: {
          since: problem.since.toISOString(),
          seen: problem.seen,
          seenSinceLast: problem.sinceLast,
        },
      }),
    },
  };
}

function summaryOf(run: EndedRun, { name }: NoticePipeline, { topic, why, problem }: Telling): string {
  const at = why?.nodeId ? ` at ${why.nodeId}` : "";
  const said = why ? `: ${why.message}` : "";
  const again =
    problem && problem.seen > 1
      ? ` (${problem.seen} times since ${inWords(problem.since.toISOString())})`
      : "";
  switch (topic) {
    case "run.failed":
      return `${name} failed${at}${said}${again}`;
    case "file.missed":
      return `${name} missed its file${at}${said}${again}`;
    case "run.no_rows":
      return `${name} had no rows${said}${again}`;
    case "run.completed_with_errors":
      return `${name} completed with errors: ${count(run.rows.rejected)} of ${count(run.rows.read)} rows were rejected${again}`;
    case "run.recovered": {
      const times = problem?.seen === 1 ? "once" : `${problem?.seen} times`;
      const since = problem
        ? `, after it had failed ${times} since ${inWords(problem.since.toISOString())}`
        : "";
      return `${name} runs again${since}`;
    }
    default:
      return `${name} completed: ${count(run.rows.loaded)} rows were loaded`;
  }
}

const count = (rows: number) => rows.toLocaleString("en-US");
