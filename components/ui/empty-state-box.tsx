"use client";
import { EmptyState as MantineEmptyState } from "@mantine/core";
import type { ReactNode } from "react";

/** What stands where a list is empty: loaded by `EmptyState`. */
export function EmptyStateBox({
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
