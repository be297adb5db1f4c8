import type { Told } from "#lib/proposals/schema.ts";

/** Who reads it: what they did themselves is told as "you". */
export type Reader = { id: string; name: string };

/** One earlier decision in words: `before` and `after` stand around what was asked. */
export type ToldWords = { before: string; asked: string; after: string };

const ASKED_CHARS = 90;

/** `Because you rejected “drop email” on 3 May: support needs it`, in the reader's own zone. `now`: for the year. */
export function toldWords(told: Told, reader: Reader, now: Date): ToldWords {
  const who = told.by === reader.name || told.by === reader.id ? "you" : told.by;
  const asked = shortened(told.asked);
  const when = dayOf(new Date(told.at), now);
  const reason = told.reason ? `: ${told.reason}` : "";
  const verb = {
    rejected: `Because ${who} rejected`,
    applied: `Because ${who} applied`,
    failed_run: "Because a run failed after",
  }[told.outcome];
  return { before: verb, asked, after: `on ${when}${reason}` };
}

function dayOf(at: Date, now: Date): string {
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", ...year }).format(at);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= ASKED_CHARS ? line : `${line.slice(0, ASKED_CHARS - 1).trimEnd()}…`;
}
