"use client";
import { Button, Group, Paper, Text } from "@mantine/core";
import { useState } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { formatNumber } from "#components/ui/format.ts";
import type { Memory } from "#lib/memory/schema.ts";
import classes from "./detail.module.css";

/** Characters shown before the rest is asked for. */
const SHOWN = 1_200;

/** What a memory says, with its line ends; a long one opens. */
export function MemoryText({ memory: { content, summary } }: { memory: Memory }) {
  const [whole, setWhole] = useState(false);
  const cut = content.length > SHOWN && !whole;
  return (
    <Paper p="md" component="section" aria-label="Text">
      <Group justify="space-between" align="flex-start" wrap="nowrap" gap="xs">
        {content.trim() ? (
          <p className={classes.text}>{cut ? `${content.slice(0, SHOWN)}…` : content}</p>
        ) : (
          <Text c="dimmed">Its event carried no text. What it did carry stands under Event.</Text>
        )}
        {content ? <CopyButton value={content} label="Copy the text" /> : null}
      </Group>
      {summary && summary !== content ? (
        <Text fz="sm" c="dimmed" mt="sm" style={{ overflowWrap: "anywhere" }}>
          Summary: {summary}
        </Text>
      ) : null}
      {content.length > SHOWN ? (
        <Button size="xs" variant="default" mt="sm" onClick={() => setWhole(!whole)}>
          {whole ? "Show less" : `Show all ${formatNumber(content.length)} characters`}
        </Button>
      ) : null}
    </Paper>
  );
}
