import type { RunError } from "#lib/runs/schema.ts";
import type { Topic } from "./schema.ts";

/** Where a notice points to, and what it is called there. */
export type NoticePipeline = { id: string; slug: string; name: string; url: string };

/** The run that a notice is about. Times are ISO 8601 in UTC. */
export type NoticeRun = {
  id: string;
  url: string;
  version: number;
  status: string;
  trigger: string;
  attempt: number;
  rows: { read: number; loaded: number; rejected: number };
  scheduledFor: string | null;
  startedAt: string | null;
  finishedAt: string;
};

/**
 * What a webhook is sent, word for word, and what a mail is made of. No rows, no values of rows, no secrets: those who
 * may see them follow the link. `problem` says since when it goes on, how often it was seen, and how often of those
 * since the last message.
 */
export type Notice = {
  type: Topic | "channel.test";
  /** When it happened. */
  timestamp: string;
  data: {
    /** All of it in one sentence. */
    summary: string;
    tenant: string;
    pipeline?: NoticePipeline;
    run?: NoticeRun;
    error?: RunError;
    warnings?: RunError[];
    problem?: { since: string; seen: number; seenSinceLast: number };
  };
};
