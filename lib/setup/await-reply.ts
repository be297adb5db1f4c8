import type { StageReport } from "#lib/connectors/schema.ts";
import type { Db } from "#lib/db.ts";
import { AppError } from "#lib/errors.ts";
import { followNews } from "./live.ts";
import { type KeptReply, sessionNotFound } from "./session-row.ts";

/** How often the row is looked at while another process may be answering. */
const LOOK_MS = 250;
/** Whoever waits longer than this asks again. */
const LONGEST_MS = 10 * 60_000;

export type Waiting = {
  /** Begins to answer, if that is ours to do. What it throws, whoever waits is told. */
  begin?: () => Promise<void>;
  /** The worker was not heard of in time: somebody has to begin again. */
  abandoned: () => void;
  onStage?: (stage: StageReport) => void;
};

/**
 * Waits until a message is answered, by this process (which says so) or by another (whose rows tell).
 * @throws AppError `session_not_found` if the conversation is deleted meanwhile; `unavailable`
 */
export function awaitReply(
  db: Db,
  { sessionId, seq }: { sessionId: string; seq: number },
  { begin, abandoned, onStage }: Waiting,
): Promise<KeptReply> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    const latest = performance.now() + LONGEST_MS;
    const end = (settle: () => void) => {
      if (over) return;
      over = true;
      clearTimeout(timer);
      unfollow();
      settle();
    };
    const unfollow = followNews(sessionId, (news) => {
      if (news.seq !== seq) return;
      if ("stage" in news) onStage?.(news.stage);
      else if ("answered" in news) end(() => resolve(news.answered));
    });
    const look = async () => {
      try {
        const found = await find(db, sessionId, seq);
        if (found === "abandoned") abandoned();
        else if (found !== "waiting") return end(() => resolve(found));
        if (performance.now() > latest) throw new AppError("unavailable", "The answer takes too long.");
        if (!over) timer = setTimeout(() => void look(), LOOK_MS);
      } catch (error) {
        end(() => reject(error));
      }
    };
    if (!begin) return void look();
    timer = setTimeout(() => void look(), LOOK_MS);
    begin().catch((error) => end(() => reject(error)));
  });
}

/** How it stands with a message, as the rows tell. */
async function find(db: Db, sessionId: string, seq: number): Promise<KeptReply | "abandoned" | "waiting"> {
  const [row] = await db.$queryRaw<{ reply: KeptReply | null; abandoned: boolean }[]>`
    select m."reply", s."leaseUntil" < now() as abandoned
    from "SetupMessage" m join "SetupSession" s on s."id" = m."sessionId"
    where m."sessionId" = ${sessionId} and m."seq" = ${seq}`;
  if (!row) throw sessionNotFound();
  if (row.reply) return row.reply;
  return row.abandoned ? "abandoned" : "waiting";
}
