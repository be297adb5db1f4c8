import type { CheckFailure, StageReport, Stream } from "#lib/connectors/schema.ts";
import type { Ctx } from "#lib/context.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { log } from "#lib/log.ts";
import {
  discoverStreams,
  healthOf,
  keepDraft,
  type Reached,
  streamNames,
  testSourceDraft,
} from "#lib/sources/index.ts";
import { execute } from "./execute.ts";
import { fieldsOfSetup, lostSecrets, reachedBySetup } from "./fields-of-setup.ts";
import type { Forgetting } from "./forgetting.ts";
import type { Held } from "./lease.ts";
import { resolveSelection } from "./resolve-selection.ts";
import { noteEffect } from "./save-turn.ts";
import type { ToolCall, UnderWay } from "./session-row.ts";
import type { Effect, Setup, SetupEvent } from "./state.ts";

/** An effect to run, and all it needs. */
export type EffectRun = {
  held: Held;
  ctx: Ctx;
  setup: Setup;
  draftId: string | null;
  secrets: Forgetting;
  under: UnderWay;
  effect: Effect;
  onStage: (stage: StageReport) => void;
};

type Ran = { event: SetupEvent; ok: boolean; outcome: string };

/**
 * Does one thing outside and brings back what came of it. It is noted as a tool call of the message. What a system
 * outside does wrong is an outcome, not an error.
 */
export async function runEffect(run: EffectRun): Promise<SetupEvent> {
  const { event, ok, outcome } = await ranOf(run);
  run.under.tools.push({
    name: run.effect.type,
    ok,
    outcome: run.secrets.fromText(outcome),
  } satisfies ToolCall);
  return event;
}

async function ranOf(run: EffectRun): Promise<Ran> {
  const { effect, ctx, setup, secrets, draftId } = run;
  if (effect.type === "execute") return executed(run);
  const lost = await lostSecrets(secrets, setup);
  if (lost.length > 0) return enterAgain(lost);
  // Whoever goes on keeps what was entered alive.
  if (draftId && setup.held.length > 0) await keepDraft({ ctx, draftId, secrets: {} });
  try {
    if (effect.type === "test_connection") return await tested(run);
    const reached = await reachedBySetup(secrets, setup);
    return effect.type === "pick_streams"
      ? await picked(run, reached, effect)
      : await discovered(run, reached);
  } catch (error) {
    ctx.signal?.throwIfAborted();
    return failed(run, error);
  }
}

/** Secrets that are no longer kept are asked for again. */
function enterAgain(names: readonly string[]): Ran {
  const gone = Object.fromEntries(names.map((name) => [name, ""]));
  const event: SetupEvent = { type: "give_fields", fields: gone, held: [] };
  return { event, ok: false, outcome: "The secrets that were entered are no longer kept." };
}

async function tested(run: EffectRun): Promise<Ran> {
  const { ctx, held, setup, under, secrets } = run;
  under.stages = [];
  let saving = Promise.resolve();
  const onStage = (given: StageReport) => {
    const stage = { ...given, message: secrets.fromText(given.message) };
    under.stages = [...under.stages, stage];
    const now = { ...under };
    saving = saving.then(() => noteEffect(held.db, held, now)).catch(() => undefined);
    run.onStage(stage);
  };
  const input = { connector: setup.connector, fields: await fieldsOfSetup(secrets, setup) };
  const result = await testSourceDraft({ ctx, input, onStage });
  await saving;
  const { failure: found } = result;
  if (!found) {
    const works = { message: secrets.fromText(healthOf(result).message), at: new Date().toISOString() };
    return { event: { type: "tested", works }, ok: true, outcome: "The connection works." };
  }
  const failure = { ...found, message: secrets.fromText(found.message), fix: secrets.fromText(found.fix) };
  return { event: { type: "tested", failure }, ok: false, outcome: failure.message };
}

async function discovered({ ctx }: EffectRun, reached: Reached): Promise<Ran> {
  const page = await discoverStreams(ctx, reached, { limit: limits.discoverPage });
  const names = page.streams.map(({ name }) => name);
  const total = page.total ?? names.length;
  const { query, causes } = page;
  const found = { total, names, ...(query && { query }), ...(causes && { causes }) };
  return { event: { type: "discovered", found }, ok: true, outcome: `${total} found.` };
}

async function picked(
  { ctx, setup }: EffectRun,
  reached: Reached,
  { selection, how }: Extract<Effect, { type: "pick_streams" }>,
): Promise<Ran> {
  const all = await streamNames(ctx, reached);
  const { names, unknown } = resolveSelection(selection, all, setup.found?.names);
  const streams =
    names.length > limits.pickedStreams ? names.map(unseen) : await streamsOf(ctx, reached, names);
  const event: SetupEvent = { type: "streams_picked", streams, unknown, how };
  return { event, ok: streams.length > 0, outcome: `${streams.length} chosen.` };
}

async function streamsOf(ctx: Ctx, reached: Reached, names: readonly string[]): Promise<Stream[]> {
  const streams: Stream[] = [];
  for (let at = 0; at < names.length; at += limits.discoverPage) {
    const some = names.slice(at, at + limits.discoverPage);
    const page = await discoverStreams(ctx, reached, { names: some, limit: some.length });
    streams.push(...page.streams);
  }
  return streams;
}

/** More than may be chosen are refused by their number; nobody needs their columns. */
function unseen(name: string): Stream {
  return {
    name,
    kind: "table",
    columns: [],
    primaryKey: [],
    rowEstimate: null,
    bytes: null,
    syncModes: [],
    cursorFields: [],
  };
}

async function executed(run: EffectRun): Promise<Ran> {
  const outcome = await execute(run);
  const failure = outcome.error ?? outcome.schedule?.error ?? outcome.initial_sync?.error;
  return {
    event: { type: "executed", outcome },
    ok: !failure,
    outcome: failure ?? "The connection was created.",
  };
}

/** An effect that did not work, as an outcome. */
function failed({ effect, secrets, ctx }: EffectRun, error: unknown): Ran {
  const ours = !isAppError(error) || error.code === "internal";
  if (ours)
    log.error({ requestId: ctx.requestId, effect: effect.type, err: error }, "an effect of a set-up failed");
  const message = ours ? "Something went wrong on our side." : secrets.fromText(messageOf(error));
  const [issue] = isAppError(error) ? (error.extra.issues ?? []) : [];
  const field = issue && /^\/fields\/(\w+)/.exec(issue.path)?.[1];
  const failure: CheckFailure = {
    stage: effect.type === "test_connection" ? "resolve" : "privileges",
    code: ours ? "internal" : (issue?.code ?? "failed"),
    ...(field && { field }),
    message,
    fix: secrets.fromText(issue?.hint ?? "Try again."),
  };
  const type = effect.type === "test_connection" ? "tested" : "discover_failed";
  return { event: { type, failure }, ok: false, outcome: message };
}

/** What is told of an effect that ended its worker several times. */
export function interrupted(effect: Effect, under: UnderWay): SetupEvent {
  const message = "This was interrupted several times.";
  const failure: CheckFailure = { stage: "connect", code: "interrupted", message, fix: "Try again." };
  if (effect.type === "execute")
    return { type: "executed", outcome: { ...under.outcome, error: `${message} Say "retry" to try again.` } };
  return { type: effect.type === "test_connection" ? "tested" : "discover_failed", failure };
}
