"use client";
import { Group, Text } from "@mantine/core";
import { CopyButton } from "./copy-button.tsx";

/** An id in monospace, shortened to its telling end, whole on hover, with a copy button. */
export function IdText({ id, label = "Copy id", chars = 8 }: { id: string; label?: string; chars?: number }) {
  const short = id.length > chars + 2 ? `…${id.slice(-chars)}` : id;
  return (
    <Group gap={2} wrap="nowrap" component="span" display="inline-flex">
      <Text component="span" ff="monospace" fz="xs" c="dimmed" title={id}>
        {short}
      </Text>
      <CopyButton value={id} label={label} />
    </Group>
  );
}
