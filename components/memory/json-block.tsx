"use client";
import { Group, Text } from "@mantine/core";
import { CopyButton } from "#components/ui/copy-button.tsx";
import classes from "./detail.module.css";

/** JSON laid out, with a button that copies it. `label` names it. */
export function JsonBlock({ label, value }: { label: string; value: unknown }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <div className={classes.json}>
      <Group justify="space-between" className={classes.jsonHead}>
        <Text fz="xs" c="dimmed">
          {label}
        </Text>
        <CopyButton value={text} label={`Copy ${label}`} />
      </Group>
      <section
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reachable by keyboard
        tabIndex={0}
        aria-label={label}
      >
        <pre>{text}</pre>
      </section>
    </div>
  );
}
