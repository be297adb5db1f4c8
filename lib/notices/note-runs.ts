import type { Db, Tx } from "#lib/db.ts";
import { namePipelines } from "#lib/pipelines/index.ts";
import { type EndedRun, noteEndedRuns } from "#lib/runs/index.ts";
import type { ChannelRow } from "./load-channel.ts";
import { tellLineage } from "./open-lineage.ts";
import { keepProblems, loadProblems } from "./problem-rows.ts";
import { putDown } from "./put-down.ts";
import { noticePipeline } from "./run-notice.ts";
import type { Topic } from "./schema.ts";
import { tellOfRun } from "./tell-channel.ts";

/** Runs that are put down in one transaction. */
const STEP = 50;

/** Puts down what the channels of all tenants are to be told of runs that have ended. Nothing is sent here. */
export async function noteRuns(db: Db): Promise<void> {
  while ((await noteEndedRuns(db, STEP, noteAll)) === STEP);
}

async function noteAll(tx: Tx, runs: EndedRun[]): Promise<void> {
  for (const tenant of new Set(runs.map(({ tenantId }) => tenantId))) {
    const own = runs.filter(({ tenantId }) => tenantId === tenant);
    await noteTenant(tx, tenant, own);
  }
}

async function noteTenant(tx: Tx, tenant: string, runs: EndedRun[]): Promise<void> {
  const channels = await tx.channel.findMany({ where: { tenantId: tenant, enabled: true } });
  if (channels.length === 0) return;
  const ids = runs.map(({ pipelineId }) => pipelineId);
  const names = await namePipelines({ db: tx as Db, tenant }, ids);
  for (const channel of channels) {
    const concerned = runs.filter((run) => concerns(channel, run, names.get(run.pipelineId)?.slug));
    if (channel.kind === "openlineage") await tellLineage(tx, channel, concerned, names);
    else await tellAll(tx, channel, concerned, names);
  }
}

/** What ended before the channel was made is not told. */
function concerns({ createdAt, pipelines }: ChannelRow, run: EndedRun, slug: string | undefined): boolean {
  if (run.finishedAt < createdAt) return false;
  return pipelines.length === 0 || (slug !== undefined && pipelines.includes(slug));
}

async function tellAll(
  tx: Tx,
  channel: ChannelRow,
  runs: EndedRun[],
  names: ReadonlyMap<string, { slug: string; name: string }>,
): Promise<void> {
  const topics = channel.topics as Topic[];
  for (const pipelineId of new Set(runs.map((run) => run.pipelineId))) {
    const before = await loadProblems(tx, channel.id, pipelineId);
    const problems = new Map(before);
    const pipeline = noticePipeline(pipelineId, names.get(pipelineId));
    const own = runs.filter((run) => run.pipelineId === pipelineId);
    const messages = own.flatMap((run) => tellOfRun(run, pipeline, topics, problems));
    await keepProblems(tx, { channel, pipelineId }, before, problems);
    if (messages.length > 0) await putDown(tx, channel, messages);
  }
}
