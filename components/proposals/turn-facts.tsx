"use client";
import { Text } from "@mantine/core";
import { formatDollars, formatDuration, formatNumber } from "#components/ui/format.ts";
import type { AssistantTurn } from "./conversation.ts";

/** Answers that no model gave. */
const PLAIN: Readonly<Record<string, string>> = {
  rules: "Built-in assistant",
  drift: "From the columns that came; no model was asked",
};

/** Who answered, how long it took, what it used and cost. */
export function TurnFacts({ turn }: { turn: AssistantTurn }) {
  const { by, retries, tokensUsed } = turn;
  // One that was made anew for a newer version took no model and no time.
  if (!by || (by.latencyMs === 0 && !tokensUsed)) return null;
  const parts = [
    PLAIN[by.provider] ?? `${by.provider} · ${by.model}`,
    formatDuration(by.latencyMs),
    ...(tokensUsed ? [`${formatNumber(tokensUsed)} tokens`] : []),
    ...(by.cost === null ? [] : [formatDollars(by.cost)]),
    ...(retries ? [retries === 1 ? "1 retry" : `${retries} retries`] : []),
  ];
  return (
    <Text fz="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
      {parts.join(" · ")}
    </Text>
  );
}
