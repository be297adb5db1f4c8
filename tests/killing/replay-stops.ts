import type { Stop } from "./gate.ts";

const mark = { on: /^insert into \S*_penstock(_|\.)loads/i };
const commit = { on: /^commit/i, same: true } as const;
const settle = { on: /^UPDATE \S*"QuarantineRow"/ };
/** The moments at which a replay is made to end. */
export const REPLAY_STOPS = {
  "before the rows are loaded": { steps: [mark], at: "before" },
  "while the load is committed": { steps: [mark, commit], at: "sent" },
  "when the load is committed": { steps: [mark, commit], at: "answered" },
  "before the rows are marked": { steps: [mark, settle], at: "before" },
  "while the marks are committed": { steps: [mark, settle, commit], at: "sent" },
  "when the marks are committed": { steps: [mark, settle, commit], at: "answered" },
} satisfies Record<string, Stop>;
export type ReplayStop = keyof typeof REPLAY_STOPS;
