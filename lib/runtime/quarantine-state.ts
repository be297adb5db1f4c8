import type { Prisma } from "#lib/db.ts";
import type { QuarantineState } from "./schema.ts";

/** What tells a row's state. */
export type StateColumns = {
  edited: Uint8Array | null;
  resolution: string | null;
  replayRunId: string | null;
};

/** How a row ended, or that a replay rejected it again. */
export type Resolution = "loaded" | "left_out" | "discarded" | "rejected";

const OPEN: Prisma.QuarantineRowWhereInput = { OR: [{ resolution: null }, { resolution: "rejected" }] };

/** Rows that can be edited, replayed and discarded. */
export const WAITS: Prisma.QuarantineRowWhereInput = { ...OPEN, replayRunId: null };

/** Rows that a run has taken on and not settled. */
export const TAKEN: Prisma.QuarantineRowWhereInput = { ...OPEN, replayRunId: { not: null } };

/** Which rows are in a state. */
export const IN_STATE: Record<QuarantineState, Prisma.QuarantineRowWhereInput> = {
  waiting: { resolution: null, replayRunId: null, edited: null },
  edited: { ...WAITS, edited: { not: null } },
  replaying: TAKEN,
  rejected_again: { resolution: "rejected", replayRunId: null, edited: null },
  loaded: { resolution: "loaded" },
  left_out: { resolution: "left_out" },
  discarded: { resolution: "discarded" },
};

/** The state of a row. */
export function stateOf({ resolution, replayRunId, edited }: StateColumns): QuarantineState {
  if (resolution === "loaded" || resolution === "left_out" || resolution === "discarded") return resolution;
  if (replayRunId !== null) return "replaying";
  if (edited) return "edited";
  return resolution === "rejected" ? "rejected_again" : "waiting";
}
