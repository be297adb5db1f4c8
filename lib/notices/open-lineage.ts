import type { Db, Tx } from "#lib/db.ts";
import { limits } from "#lib/limits.ts";
import { namePipelines } from "#lib/pipelines/index.ts";
import { type EndedRun, loadRunLineage, type RunLineage, startedRuns } from "#lib/runs/index.ts";
import type { ChannelRow } from "./load-channel.ts";
import { type EventType, type LineageRun, type RunEvent, runEvent } from "./open-lineage-event.ts";
import { type Message, putDown } from "./put-down.ts";
import { toldError } from "./told-error.ts";

/** What a collector is told of: a run, and its name as a job. */
type Told = LineageRun & { pipelineId: string; pipelineVersion: number; attempt: number };
type Names = ReadonlyMap<string, { slug: string }>;

const START = "lineage.start";
const subjectOf = ({ id, attempt }: Told): string => `run:${id}:${attempt}`;

/** Puts down for a collector of lineage that these runs began, where it was not told so, and how they ended. */
export async function tellLineage(
  tx: Tx,
  channel: ChannelRow,
  runs: EndedRun[],
  names: Names,
): Promise<void> {
  for (const run of runs) {
    const lineage = await loadRunLineage(tx as Db, run);
    const failed = run.status === "failed" && run.error ? toldError(run.error).message : undefined;
    const told = { ...run, ...(failed !== undefined && { failed }) };
    if (run.startedAt)
      await tellStarts(tx, channel, [{ run: told, at: run.startedAt }], names, () => lineage);
    const type = endOf(run);
    await putDown(tx, channel, [
      messageOf(told, lineage, { type, at: run.finishedAt, name: nameOf(run, names, lineage) }),
    ]);
  }
}

function endOf({ status }: EndedRun): EventType {
  if (status === "cancelled") return "ABORT";
  return status === "failed" ? "FAIL" : "COMPLETE";
}

/** Puts down for all collectors which runs began. Of a run that ends before anybody looks, its end tells. */
export async function noteStarts(db: Db): Promise<void> {
  const channels = await db.channel.findMany({ where: { kind: "openlineage", enabled: true } });
  if (channels.length === 0) return;
  const runs = await startedRuns(db, [...new Set(channels.map(({ tenantId }) => tenantId))]);
  for (const channel of channels) {
    const own = runs.filter(
      ({ tenantId, startedAt }) => tenantId === channel.tenantId && startedAt >= channel.createdAt,
    );
    if (own.length === 0) continue;
    const ids = own.map(({ pipelineId }) => pipelineId);
    const names = await namePipelines({ db, tenant: channel.tenantId }, ids);
    const wanted = own.filter(({ pipelineId }) => concerns(channel, names.get(pipelineId)?.slug));
    await db.$transaction((tx) =>
      tellStarts(
        tx,
        channel,
        wanted.map((run) => ({ run, at: run.startedAt })),
        names,
        (run) => loadRunLineage(tx as Db, run),
      ),
    );
  }
}

const concerns = ({ pipelines }: ChannelRow, slug: string | undefined): boolean =>
  pipelines.length === 0 || (slug !== undefined && pipelines.includes(slug));

/** A run began where nothing was told of it, or where it had ended before: a retry by hand begins it again. */
async function tellStarts<Run extends Told>(
  tx: Tx,
  channel: ChannelRow,
  starts: readonly { run: Run; at: Date }[],
  names: Names,
  lineageOf: (run: Run) => RunLineage | undefined | Promise<RunLineage | undefined>,
): Promise<void> {
  for (const { run, at } of starts) {
    const last = await tx.delivery.findFirst({
      where: { channelId: channel.id, subject: { startsWith: `run:${run.id}:` } },
      orderBy: [{ createdAt: "desc" }, { id: "desc" }],
      select: { topic: true, subject: true },
    });
    if (last?.topic === START || last?.subject === subjectOf(run)) continue;
    const lineage = await lineageOf(run);
    const name = nameOf(run, names, lineage);
    const { ledger: _, failed: __, ...begun } = run as LineageRun & Told;
    await putDown(tx, channel, [messageOf(begun, lineage, { type: "START", at, name })]);
  }
}

const nameOf = ({ pipelineId }: Told, names: Names, lineage: RunLineage | undefined): string =>
  lineage?.slug ?? names.get(pipelineId)?.slug ?? pipelineId;

function messageOf(
  run: Told,
  lineage: RunLineage | undefined,
  what: { type: EventType; at: Date; name: string },
): Message {
  const body = fitting(runEvent(run, lineage, what));
  return { topic: `lineage.${what.type.toLowerCase()}`, subject: subjectOf(run), body };
}

/** An event of very many columns goes without telling where each comes from, rather than not at all. */
function fitting(event: RunEvent): RunEvent {
  if (JSON.stringify(event).length <= limits.lineageEventBytes) return event;
  const outputs = event.outputs.map(({ facets: { columnLineage: _, ...facets }, ...output }) => ({
    ...output,
    facets,
  }));
  return { ...event, outputs };
}
