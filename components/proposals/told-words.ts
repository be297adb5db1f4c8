import type { Told } from "#lib/proposals/schema.ts";

/** Who reads it: what they did themselves is told as "you". */
export type Reader = { id: string; name: string };

/** One earlier decision in words: `before` and `after` stand around what it is about, the link. */
export type ToldWords = { before: string; about: string; after: string };

const ASKED_CHARS = 90;

/**
 * `Because you rejected “drop email” on 3 May: support needs it`, in the reader's own zone. `now`: for the year.
 * @param because whether the answer took it into account; else it is a reminder, `You rejected …`.
 */
export function toldWords(told: Told, reader: Reader, now: Date, because: boolean): ToldWords {
  const when = dayOf(new Date(told.at), now);
  const reason = told.reason ? `: ${told.reason}` : "";
  const asked = shortened(told.asked);
  if (told.outcome === "failed_run")
    return { before: because ? "Because the" : "The", about: asked, after: `failed on ${when}${reason}` };
  const own = told.by === reader.name || told.by === reader.id;
  const who = own ? (because ? "you" : "You") : told.by;
  return {
    before: `${because ? "Because " : ""}${who} ${told.outcome}`,
    about: `“${asked}”`,
    after: `on ${when}${reason}`,
  };
}

function dayOf(at: Date, now: Date): string {
  const year = at.getFullYear() === now.getFullYear() ? {} : { year: "numeric" as const };
  return new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", ...year }).format(at);
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, " ").trim();
  return line.length <= ASKED_CHARS ? line : `${line.slice(0, ASKED_CHARS - 1).trimEnd()}…`;
}
