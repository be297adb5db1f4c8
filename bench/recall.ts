import path from "node:path";
import { connectServer, type Database } from "#lib/db.ts";
import { applyChangesSql, type MemoryRow, queryMemory } from "#lib/memory/index.ts";
import { migrate } from "#lib/migrate.ts";
import { startPostgres } from "../tests/services.ts";
import { conversations, type Message, type Question } from "./memory/conversations.ts";
import { ctxOf } from "./memory/fill.ts";
import type { BenchResult } from "./report.ts";

const TENANT = "t_bench";
const AT = [5, 10] as const;
type Search = (database: Database, question: Question) => Promise<string[]>;

/** How often the message that answers a question is among the first 5 and 10, beside plain full text. */
export default async function recall(): Promise<BenchResult> {
  const { messages, questions } = conversations();
  const server = await startPostgres();
  const database = connectServer(server.url);
  try {
    await migrate(database.pool, path.resolve("prisma/migrations"));
    await remember(database, messages);
    const [us, plain] = [await scores(database, questions, ours), await scores(database, questions, plainly)];
    const kinds = [...new Set(questions.map(({ kind }) => kind)), "all"];
    const rows = kinds.map((kind) => {
      const chosen = questions.flatMap((question, at) =>
        kind === "all" || question.kind === kind ? [at] : [],
      );
      const share = (places: number[], first: number) =>
        (chosen.filter((at) => (places[at] ?? 0) < first).length / chosen.length).toFixed(3);
      return [
        kind,
        chosen.length,
        ...[us, plain].flatMap((places) => AT.map((first) => share(places, first))),
      ];
    });
    return {
      about: `Of questions with one known answer among ${messages.length} messages in ${new Set(messages.map(({ session }) => session)).size} sessions, the share whose answer is among the first 5 and 10. No package with a conversational set and annotated evidence was found, so the set is built in \`bench/memory/conversations.ts\`: templates over 30 things, each fact said once, every other message about the same things or in the same words. The yardstick is full text alone: any of the words, ordered by \`ts_rank\`, with the same conditions on time and agent.`,
      columns: ["question", "questions", "recall@5", "recall@10", "full text: recall@5", "recall@10"],
      rows,
      notes: [
        "Weights and spelling rules were chosen while looking at this set: its figures are the best case.",
        "A built set says how the parts compare, not how well real conversations are remembered: its vocabulary is small and its paraphrases keep the name of the thing.",
        "in the reply: the words stand in the message before; misspelt: one mistake in the name of the thing.",
      ],
    };
  } finally {
    await database.close();
    await server.stop();
  }
}

async function remember(database: Database, messages: readonly Message[]): Promise<void> {
  const memories = messages.map((message, at): MemoryRow => {
    return {
      tenantId: TENANT,
      memoryId: message.id,
      lsn: at + 1,
      memoryType: "episodic",
      workspaceId: "w_bench",
      agentId: message.agent,
      sessionId: message.session,
      scope: "w_bench",
      level: 0,
      content: message.text,
      summary: "",
      sourceEventIds: [message.id],
      provenanceRef: message.id,
      confidence: 1,
      importance: 0.5,
      freshness: 1,
      visibility: "workspace",
      visibleTime: null,
      validFrom: message.at.toISOString(),
      validTo: null,
      version: at + 1,
      isActive: true,
    };
  });
  const none = { edges: [], states: [], artifacts: [], objects: [], versions: [] };
  await database.db.$executeRaw`with ${applyChangesSql({ memories, ...none }).ctes} select 1`;
  await database.pool.query("vacuum analyze");
}

/** For each question the place of its answer, from 0; beyond every page if it is not found. */
async function scores(database: Database, questions: readonly Question[], search: Search): Promise<number[]> {
  const places: number[] = [];
  for (const question of questions) {
    const found = await search(database, question);
    const place = found.findIndex((id) => question.evidence.includes(id));
    places.push(place < 0 ? Number.POSITIVE_INFINITY : place);
  }
  return places;
}

const ours: Search = async (database, { text, agent, from, to }) => {
  const input = {
    query_text: text,
    top_k: 10,
    agent_id: agent,
    response_mode: "objects_only",
    time_window: from && to ? { from: from.toISOString(), to: to.toISOString() } : undefined,
  };
  return (await queryMemory({ ctx: ctxOf(database, TENANT), input })).objects;
};

const plainly: Search = async ({ pool }, { text, agent, from, to }) => {
  const words = text.match(/\p{L}+/gu) ?? [];
  const { rows } = await pool.query<{ memoryId: string }>(
    `select "memoryId" from "Projection", to_tsquery('english', $2) q where "tenantId" = $1 and "terms" @@ q
      and ($3::text is null or "agentId" = $3) and ($4::timestamptz is null or "validFrom" between $4 and $5)
    order by ts_rank("terms", q) desc, "lsn" desc limit 10`,
    [TENANT, words.join(" | "), agent ?? null, from ?? null, to ?? null],
  );
  return rows.map(({ memoryId }) => memoryId);
};
