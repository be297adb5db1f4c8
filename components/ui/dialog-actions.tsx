"use client";
import { Button, Group } from "@mantine/core";
import type { ReactNode } from "react";

/** The foot of a dialog: the way out of it, then what it is for. */
export function DialogActions({ onClose, children }: { onClose: () => void; children: ReactNode }) {
  return (
    <Group justify="flex-end" gap="xs">
      <Button variant="default" onClick={onClose}>
        Cancel
      </Button>
      {children}
    </Group>
  );
}
