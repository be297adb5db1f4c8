import { randomBytes } from "node:crypto";
import { requirePermission } from "#lib/access/index.ts";
import { emitAudit } from "#lib/audit/index.ts";
import type { Ctx } from "#lib/context.ts";
import { databaseCode } from "#lib/db.ts";
import { AppError, isAppError } from "#lib/errors.ts";
import type { ConnectorName } from "#lib/ir/schema.ts";
import { log } from "#lib/log.ts";
import { loadVersion } from "#lib/pipelines/index.ts";
import { publishVersion, requestRun } from "#lib/runs/index.ts";
import { createSource } from "#lib/sources/index.ts";
import { fieldsOfSetup } from "./fields-of-setup.ts";
import type { Forgetting } from "./forgetting.ts";
import type { Held } from "./lease.ts";
import { pipelineOf } from "./pipeline-of.ts";
import { noteOutcome } from "./save-turn.ts";
import type { UnderWay } from "./session-row.ts";
import type { Outcome, Setup } from "./state.ts";

type Execution = { held: Held; ctx: Ctx; setup: Setup; secrets: Forgetting; under: UnderWay };

/** Slugs that are tried when others have the ones before. */
const SLUGS_TRIED = 20;

/**
 * Makes what the conversation agreed on: source and pipeline in one transaction, with the conversation's note of them,
 * the schedule with the pipeline, then the first run. What exists already is left as it is, so that doing it again (a
 * retry, a second process, a crash at any point) makes nothing twice and only mends what did not work.
 * @returns what exists and what did not work, in plain sentences.
 * @throws LeaseLost if somebody else does it now; nothing of this attempt stays then.
 */
export async function execute(run: Execution): Promise<Outcome> {
  const { under, setup } = run;
  const before = under.outcome ?? setup.outcome ?? {};
  const { error: _, ...known } = before;
  let outcome: Outcome = known;
  try {
    if (!outcome.pipeline_id) outcome = await make(run);
    else if (outcome.schedule?.ok === false) outcome = await mendSchedule(run, outcome);
  } catch (error) {
    return { ...outcome, error: sentenceOf(run, error) };
  }
  under.outcome = outcome;
  if (outcome.initial_sync?.ok) return outcome;
  return firstRun(run, outcome);
}

/** Source and pipeline. Where the schedule is what keeps them from being made, they are made without it. */
async function make(run: Execution): Promise<Outcome> {
  const { setup } = run;
  try {
    return await makeWith(run, setup);
  } catch (error) {
    run.ctx.signal?.throwIfAborted();
    if (!setup.schedule) throw error;
    const outcome = await makeWith(run, { ...setup, schedule: null });
    return { ...outcome, schedule: { ok: false, error: sentenceOf(run, error) } };
  }
}

async function makeWith(run: Execution, setup: Setup): Promise<Outcome> {
  const slug = slugOf(setup.title ?? setup.connector ?? "source");
  for (let count = 1; ; count++) {
    const tried =
      count === 1 ? slug : `${slug}-${count < SLUGS_TRIED ? count : randomBytes(4).toString("hex")}`;
    try {
      return await makeOnce(run, setup, tried);
    } catch (error) {
      const taken = isAppError(error) && error.code === "already_exists" && count <= SLUGS_TRIED;
      // Two that want the same slug at the same moment may wait for each other; the database ends one of them.
      const crossed = ["P2034", "40P01"].includes(databaseCode(error) ?? "") && count <= 3;
      if (!taken && !crossed) throw error;
    }
  }
}

async function makeOnce(run: Execution, setup: Setup, slug: string): Promise<Outcome> {
  const { ctx, held, under } = run;
  requirePermission(ctx, "sources.write");
  requirePermission(ctx, "pipelines.write");
  const { connector, title } = setup;
  const fields = await fieldsOfSetup(run.secrets, setup);
  return ctx.db.$transaction(async (tx) => {
    const input = { connector: connector as ConnectorName, title, fields };
    const source = await createSource({ ctx, tx, id: under.sourceId, input, tested: setup.tested });
    const ir = pipelineOf(setup, { sourceName: source.name, slug });
    const published = await publishVersion({ ctx, tx, input: { ir, origin: "created" } });
    if (!published.executable)
      throw new AppError("not_executable", published.warnings[0]?.message, { issues: published.warnings });
    const made: Outcome = {
      source_id: source.id,
      pipeline_id: published.pipelineId,
      pipeline_slug: published.slug,
      schedule: { ok: true },
    };
    await noteOutcome(tx, held, under, made);
    await emitAudit(tx, ctx, {
      action: "setup_session.executed",
      entityType: "setup_session",
      entityId: held.sessionId,
      entityName: title,
      after: { ...made, connector },
    });
    return made;
  });
}

/** Gives a pipeline that was made without its schedule the schedule, as its next version. */
async function mendSchedule(run: Execution, outcome: Outcome): Promise<Outcome> {
  const { ctx, setup, held, under } = run;
  const pipelineId = outcome.pipeline_id ?? "";
  const mended: Outcome = { ...outcome, schedule: { ok: true } };
  if (!setup.schedule) return mended;
  try {
    const { ir, version } = await loadVersion({ ctx, pipeline: pipelineId });
    const scheduled = { ...ir, schedule: setup.schedule };
    const input = { pipelineId, ir: scheduled, baseVersion: version, origin: "edited" } as const;
    await ctx.db.$transaction(async (tx) => {
      await noteOutcome(tx, held, under, mended);
      await publishVersion({ ctx, tx, input });
    });
    return mended;
  } catch (error) {
    return { ...outcome, schedule: { ok: false, error: sentenceOf(run, error) } };
  }
}

/** The first run; its key makes it one, however often it is asked for. */
async function firstRun(run: Execution, outcome: Outcome): Promise<Outcome> {
  const { ctx, held } = run;
  try {
    const input = { pipelineId: outcome.pipeline_id ?? "", idempotencyKey: `setup:${held.sessionId}` };
    const { runId } = await requestRun({ ctx, input });
    return { ...outcome, initial_sync: { ok: true, run_id: runId } };
  } catch (error) {
    return { ...outcome, initial_sync: { ok: false, error: sentenceOf(run, error) } };
  }
}

/** Why something did not work, in a sentence for people. What only our log should know stays there. */
function sentenceOf({ ctx, secrets }: Execution, error: unknown): string {
  ctx.signal?.throwIfAborted();
  if (error instanceof Error && error.name === "LeaseLost") throw error;
  if (isAppError(error) && error.status < 500) {
    const told = secrets.fromText(error.message);
    return /[.!?]$/.test(told) ? told : `${told}.`;
  }
  log.error({ requestId: ctx.requestId, err: error }, "a part of a set-up did not work");
  return "Something went wrong on our side; nothing is wrong with what you entered.";
}

/** An id for the document: "Shop, live" → `shop-live`. */
function slugOf(title: string): string {
  const plain = title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+|-+$/g, "");
  return (plain || "source").slice(0, 40).replace(/-+$/, "");
}
