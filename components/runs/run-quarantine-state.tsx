import { Badge } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleMinus,
  IconCircleX,
  IconFilter,
  IconLoader2,
  IconPencil,
} from "@tabler/icons-react";
import type { QuarantinedRow, QuarantineState } from "#lib/runtime/schema.ts";

const LOOKS = {
  waiting: ["Waiting", "gray", IconCircleDashed],
  edited: ["Edited", "water", IconPencil],
  replaying: ["Replaying", "water", IconLoader2],
  rejected_again: ["Rejected again", "yellow", IconAlertTriangle],
  loaded: ["Loaded", "green", IconCircleCheck],
  left_out: ["Left out", "gray", IconFilter],
  discarded: ["Discarded", "gray", IconCircleMinus],
} as const satisfies Record<QuarantineState, readonly [string, string, typeof IconPencil]>;
const FAILED = ["Replay failed", "red", IconCircleX] as const;

/** What a state is called. */
export const stateName = (state: QuarantineState): string => LOOKS[state][0];

/** True for a row that a run took on and failed with: it can be taken again. */
export const replayFailed = ({ state, replay }: Pick<QuarantinedRow, "state" | "replay">): boolean =>
  state === "replaying" && (replay?.status === "failed" || replay?.status === "cancelled");

/** True for a row that can be edited, replayed and discarded. */
export const canTake = (row: Pick<QuarantinedRow, "state" | "replay">): boolean =>
  row.state === "waiting" || row.state === "edited" || row.state === "rejected_again" || replayFailed(row);

/** A row's state: a word, a shape and a colour. */
export function RowState({ row }: { row: Pick<QuarantinedRow, "state" | "replay"> }) {
  const [label, color, Icon] = replayFailed(row) ? FAILED : LOOKS[row.state];
  return (
    <Badge color={color} size="sm" leftSection={<Icon size={12} stroke={2.2} aria-hidden />}>
      {label}
    </Badge>
  );
}
