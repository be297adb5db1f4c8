"use client";
import { ActionIcon, Group, Text, Tooltip } from "@mantine/core";
import { IconEraser, IconSparkles, IconX } from "@tabler/icons-react";
import classes from "./assistant-panel.module.css";

/** Whom the conversation is about; begins anew, closes. */
export function PanelHead(props: {
  name: string;
  running: boolean;
  /** Absent while there is nothing to clear. */
  onClear?: () => void;
  onClose: () => void;
}) {
  const { name, running, onClear, onClose } = props;
  return (
    <Group className={classes.head} justify="space-between" wrap="nowrap">
      <Group gap={8} wrap="nowrap" miw={0}>
        <IconSparkles size={16} aria-hidden />
        <Text fw={600} fz="sm" truncate>
          {name}
        </Text>
      </Group>
      <Group gap={2} wrap="nowrap">
        {onClear && (
          <Tooltip label="Start a new conversation">
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Start a new conversation"
              disabled={running}
              onClick={onClear}
            >
              <IconEraser size={16} />
            </ActionIcon>
          </Tooltip>
        )}
        <ActionIcon variant="subtle" color="gray" aria-label="Close the assistant" onClick={onClose}>
          <IconX size={16} />
        </ActionIcon>
      </Group>
    </Group>
  );
}
