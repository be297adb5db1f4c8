import type { ChannelKind, Topic } from "#lib/notices/schema.ts";

/** Kinds of channels, as people call them. */
export const KIND_NAMES: Record<ChannelKind, string> = {
  webhook: "Webhook",
  email: "E-mail",
  openlineage: "Lineage collector",
};

/** What a channel can be told of, and when that is. */
export const TOPIC_NAMES: Record<Topic, readonly [name: string, when: string]> = {
  "run.failed": ["Run failed", "All its attempts failed"],
  "run.recovered": ["Run recovered", "The first one that succeeds after failures"],
  "run.completed_with_errors": ["Completed with errors", "Rows were rejected, or a check warned"],
  "run.no_rows": ["No rows", "Nothing came where rows are usual"],
  "file.missed": ["File missed", "An expected file did not come in time"],
  "schedule.left_out": ["Left out", "A schedule's time came and got no run"],
  "run.completed": ["Run completed", "Every run that completes: many messages"],
};

/** What a message is about, also of those that are not alerts. */
export function topicName(topic: string): string {
  return topic in TOPIC_NAMES ? TOPIC_NAMES[topic as Topic][0] : topic;
}
