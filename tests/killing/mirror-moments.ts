import type { Stop } from "./gate.ts";

const renewed = { on: /^INSERT INTO \S*"ChangeFeed"/ };
const looked = { on: /^select reads, feed, position/ };
const kept = { on: /^insert into \S*_penstock\S+changes\S* \(pipeline_id/ };
const commit = { on: /^commit/i, same: true } as const;
const staged = { on: /^(copy pg_temp\._penstock_changed|CREATE OR REPLACE TEMP TABLE _penstock_changed)/ };

/** Moments of a mirror's run at which its worker dies. */
export const MIRROR_STOPS = {
  "when the source follows for us, and nothing is loaded": {
    steps: [renewed, looked],
    at: "answered",
  },
  "when all rows are there but not committed": { steps: [kept], at: "answered" },
  "while changes are staged": { steps: [staged], at: "sent" },
  "when the table is half changed": {
    steps: [staged, { on: /^(delete from|update) \S+ as t / }],
    at: "answered",
  },
  "when changes are applied, and their position is not": { steps: [staged, kept], at: "before" },
  "while changes are committed": { steps: [staged, kept, commit], at: "sent" },
  "when changes are committed, and the source does not know": {
    steps: [staged, kept, commit],
    at: "answered",
  },
} satisfies Record<string, Stop>;

export type MirrorMoment = keyof typeof MIRROR_STOPS;
export const mirrorMoments = Object.keys(MIRROR_STOPS) as MirrorMoment[];
