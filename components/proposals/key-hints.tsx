"use client";
import { Group, Kbd, Text } from "@mantine/core";

const RUNNING: Hint[] = [[["Esc"], "stop"]];
const REFINING: Hint[] = [
  [["J", "K"], "between changes"],
  [["X"], "tick"],
  [["⌘/Ctrl", "↵"], "apply"],
];
const ASKING: Hint[] = [
  [["↵"], "send"],
  [["@"], "point at"],
  [["⌘/Ctrl", "I"], "come here"],
];

type Hint = [keys: string[], text: string];

/** The keys that do something now. */
export function KeyHints({ refining, running }: { refining: boolean; running: boolean }) {
  const hints = running ? RUNNING : refining ? REFINING : ASKING;
  return (
    <Group gap="md" mt={6} visibleFrom="sm">
      {hints.map(([keys, text]) => (
        <Group key={text} gap={4} wrap="nowrap">
          {keys.map((key) => (
            <Kbd key={key} size="xs">
              {key}
            </Kbd>
          ))}
          <Text fz="xs" c="dimmed">
            {text}
          </Text>
        </Group>
      ))}
    </Group>
  );
}
