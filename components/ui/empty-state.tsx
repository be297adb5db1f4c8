"use client";
import { EmptyState as MantineEmptyState } from "@mantine/core";
import type { ReactNode } from "react";

/** An empty list: what it is for, and the one thing to do next. */
export function EmptyState({
  icon,
  title,
  description,
  action,
}: {
  icon?: ReactNode;
  title: ReactNode;
  description: ReactNode;
  action?: ReactNode;
}) {
  return (
    <MantineEmptyState py={48} px="md" size="md" icon={icon} title={title} description={description}>
      {action ? <MantineEmptyState.Actions>{action}</MantineEmptyState.Actions> : null}
    </MantineEmptyState>
  );
}
