"use client";
import { Badge } from "@mantine/core";
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleMinus,
  IconCircleX,
  IconClock,
  IconLoader2,
} from "@tabler/icons-react";
import classes from "./status-badge.module.css";

const looks = {
  queued: ["Queued", "gray", IconClock],
  waiting: ["Waiting", "gray", IconCircleDashed],
  running: ["Running", "water", IconLoader2],
  completed: ["Completed", "green", IconCircleCheck],
  completed_with_errors: ["Completed with errors", "yellow", IconAlertTriangle],
  failed: ["Failed", "red", IconCircleX],
  cancelled: ["Cancelled", "gray", IconCircleMinus],
  skipped: ["Skipped", "gray", IconCircleMinus],
  open: ["Waiting for you", "water", IconClock],
  proposed: ["Waiting for you", "water", IconClock],
  applied: ["Applied", "green", IconCircleCheck],
  rejected: ["Rejected", "gray", IconCircleX],
  delivered: ["Delivered", "green", IconCircleCheck],
  given_up: ["Given up", "red", IconCircleX],
  stale: ["Out of date", "yellow", IconAlertTriangle],
} as const;

/** The status of a run, a step or a proposal: a word, a shape and a colour. Unknown words are shown as they are. */
export function StatusBadge({ status, size = "md" }: { status: string; size?: "sm" | "md" | "lg" }) {
  const [label, color, Icon] = looks[status as keyof typeof looks] ?? [status, "gray", IconCircleDashed];
  return (
    <Badge
      color={color}
      size={size}
      leftSection={
        <Icon
          size={12}
          stroke={2.2}
          className={status === "running" ? classes.turning : undefined}
          aria-hidden
        />
      }
    >
      {label}
    </Badge>
  );
}
