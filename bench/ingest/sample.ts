/** Who the events of the benches belong to. */
export const TENANT = "t_bench";
/** What stands in an event for its number, of one width so that every body has one length. */
export const NUMBER = "________NUMBER__";
/** What stands for the number of its session. */
export const SESSION = "__SESSION__";
export const SESSIONS = 1_000;

/** Different texts. pgbench has a script for each and every connection of it plans each once: more would measure that. */
const TEXTS = 8;
const WORDS = 3_000;
const WORDS_EACH = 40;
const SYLLABLES = "ba ce di fo gu ha je ki lo mu na pe ri so tu va we xi yo zu bra cle dri flo gru".split(
  " ",
);

/** Numbers that look random and are the same in every run (Park and Miller's generator). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function texts(): string[] {
  const next = random(7);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const words = Array.from({ length: WORDS }, () =>
    Array.from({ length: 2 + Math.floor(next() * 3) }, () => pick(SYLLABLES)).join(""),
  );
  // Common words are common: the square of a random number leans to the front of the list.
  const word = () => words[Math.floor(next() ** 2 * WORDS)] as string;
  return Array.from({ length: TEXTS }, () => Array.from({ length: WORDS_EACH }, word).join(" "));
}

/** Events as callers send them, some 700 bytes each, with {@link NUMBER} and {@link SESSION} to be filled in. */
export const TEMPLATES: readonly string[] = texts().map((text, at) =>
  JSON.stringify({
    event_id: `evt_${NUMBER}`,
    tenant_id: TENANT,
    workspace_id: "w_bench",
    agent_id: `agent_${at % 16}`,
    session_id: `sess_${SESSION}`,
    event_type: at % 2 ? "assistant_message" : "user_message",
    event_time: "2026-03-16T08:00:00Z",
    ingest_time: "2026-03-16T08:00:00Z",
    visible_time: "2026-03-16T08:00:00Z",
    logical_ts: 0,
    parent_event_id: "",
    causal_refs: [],
    payload: { text },
    source: "api",
    importance: 0.5,
    visibility: "private",
    version: 1,
  }),
);

/** The number as it stands in an event. */
export const numberText = (number: number): string => String(number).padStart(NUMBER.length, "0");
/** The session of an event as it stands in it. */
export const sessionText = (number: number): string =>
  String(number % SESSIONS).padStart(SESSION.length, "0");

/** One whole event. @param number unlike that of any other event. */
export function eventText(number: number): string {
  const template = TEMPLATES[number % TEMPLATES.length] ?? "";
  return template.replace(NUMBER, numberText(number)).replace(SESSION, sessionText(number));
}
