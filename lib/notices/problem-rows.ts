import type { Tx } from "#lib/db.ts";
import type { ChannelRow } from "./load-channel.ts";
import type { Topic } from "./schema.ts";
import type { Problems } from "./tell-channel.ts";

/** The open problems of a pipeline that a channel knows. */
export async function loadProblems(tx: Tx, channelId: string, pipelineId: string): Promise<Problems> {
  const rows = await tx.openProblem.findMany({ where: { channelId, pipelineId } });
  return new Map(
    rows.map(({ topic, channelId: _, pipelineId: __, tenantId: ___, ...row }) => [topic as Topic, row]),
  );
}

/** Writes what has changed of them. */
export async function keepProblems(
  tx: Tx,
  { channel, pipelineId }: { channel: Pick<ChannelRow, "id" | "tenantId">; pipelineId: string },
  before: Problems,
  after: Problems,
): Promise<void> {
  const over = [...before.keys()].filter((topic) => !after.has(topic));
  const key = { channelId: channel.id, pipelineId };
  if (over.length > 0) await tx.openProblem.deleteMany({ where: { ...key, topic: { in: over } } });
  for (const [topic, problem] of after) {
    if (before.get(topic) === problem) continue;
    await tx.openProblem.upsert({
      where: { channelId_pipelineId_topic: { ...key, topic } },
      update: problem,
      create: { ...key, topic, tenantId: channel.tenantId, ...problem },
    });
  }
}
