import type { Db, Tx } from "#lib/db.ts";
import { namePipelines } from "#lib/pipelines/index.ts";
import { type LeftOutTime, leftOutTimes } from "#lib/runs/index.ts";
import type { ChannelRow } from "./load-channel.ts";
import { inWords } from "./mail-text.ts";
import type { Notice, NoticePipeline } from "./notice.ts";
import { seeProblem } from "./open-problem.ts";
import { keepProblems, loadProblems } from "./problem-rows.ts";
import { putDown } from "./put-down.ts";
import { noticePipeline, problemOf } from "./run-notice.ts";

const TOPIC = "schedule.left_out";
/** What was left out longer ago is not told any more. */
const PAST_MS = 24 * 3600_000;

/** Puts down what the channels of all tenants are to be told of times that schedules left out. */
export async function noteLeftOut(db: Db, now: Date = new Date()): Promise<void> {
  const channels = await db.channel.findMany({ where: { enabled: true, topics: { has: TOPIC } } });
  if (channels.length === 0) return;
  const tenants = [...new Set(channels.map(({ tenantId }) => tenantId))];
  const times = await leftOutTimes(db, tenants, new Date(now.getTime() - PAST_MS));
  for (const channel of channels) {
    const own = times.filter(({ tenantId, at }) => tenantId === channel.tenantId && at >= channel.createdAt);
    const names = await namePipelines(
      { db, tenant: channel.tenantId },
      own.map(({ pipelineId }) => pipelineId),
    );
    for (const time of own) {
      const named = names.get(time.pipelineId);
      if (channel.pipelines.length > 0 && !(named && channel.pipelines.includes(named.slug))) continue;
      await db.$transaction((tx) => noteOne(tx, channel, time, noticePipeline(time.pipelineId, named)));
    }
  }
}

async function noteOne(
  tx: Tx,
  channel: ChannelRow,
  time: LeftOutTime,
  pipeline: NoticePipeline,
): Promise<void> {
  const subject = `schedule:${time.pipelineId}:${time.at.toISOString()}`;
  const before = await loadProblems(tx, channel.id, time.pipelineId);
  const now = seeProblem(before.get(TOPIC), { subject, at: time.at });
  if (!now) return;
  const after = new Map(before).set(TOPIC, now.problem);
  await keepProblems(tx, { channel, pipelineId: time.pipelineId }, before, after);
  if (!now.tell) return;
  const { since, seen, sinceLast } = problemOf(now.problem, before.get(TOPIC));
  const again = seen > 1 ? ` (${seen} times since ${inWords(since.toISOString())})` : "";
  const body: Notice = {
    type: TOPIC,
    timestamp: time.at.toISOString(),
    data: {
      summary: `${pipeline.name} got no run for ${inWords(time.at.toISOString())}: ${time.why}${again}`,
      tenant: channel.tenantId,
      pipeline,
      problem: { since: since.toISOString(), seen, seenSinceLast: sinceLast },
    },
  };
  await putDown(tx, channel, [{ topic: TOPIC, subject, body }]);
}
