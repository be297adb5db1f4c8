"use client";
import { Stack, Text, UnstyledButton } from "@mantine/core";
import classes from "./assistant-panel.module.css";

const FRESH = [
  "Add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders",
  "Load every JSONL file in /tmp/events into analytics.events, each hour",
  "Add an hourly ingestion of /tmp/stocks.csv into market.stocks",
];

const CHANGES = [
  "Abort when fewer than 100 rows arrive",
  "id must not be empty",
  "Run it every hour",
  "Upsert on id",
];

/** What to begin with, as sentences the assistant understands. Picking one fills the box. */
export function ExamplePrompts({ fresh, onPick }: { fresh: boolean; onPick: (text: string) => void }) {
  return (
    <Stack gap="xs">
      <Text fz="sm" c="dimmed">
        {fresh
          ? "Say where the rows are and where they should go. You review every change before it is made."
          : "Describe a change to this pipeline, or ask about it. You review every change before it is made."}
      </Text>
      {(fresh ? FRESH : CHANGES).map((text) => (
        <UnstyledButton key={text} className={classes.example} onClick={() => onPick(text)}>
          {text}
        </UnstyledButton>
      ))}
    </Stack>
  );
}
