"use client";
import { Group, Paper, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { Fragment } from "react";
import { formatNumber } from "#components/ui/format.ts";
import type { Ledger } from "#lib/runs/schema.ts";
import { balance, balanceText } from "./balance.ts";
import classes from "./run.module.css";

/** Where every row went, as one balance; `ended` early, the counts stop where the run did. */
export function RunLedger({ ledger, ended }: { ledger: Ledger; ended: boolean }) {
  const { left, right, adds } = balance(ledger);
  return (
    <Paper p="md" component="section" aria-label="Row ledger">
      <Group justify="space-between" gap="md">
        <div className={classes.balance} role="img" aria-label={balanceText(ledger)}>
          <Figure word={left.word} rows={left.rows} />
          {right.map((term, i) => (
            <Fragment key={term.word}>
              <span className={classes.sign}>{i === 0 ? (adds ? "=" : "→") : "+"}</span>
              <Figure word={term.word} rows={term.rows} />
            </Fragment>
          ))}
        </div>
        <Group gap={6} wrap="nowrap">
          {ledger.balanced ? (
            <>
              <IconCircleCheck size={16} aria-hidden color="var(--mantine-color-teal-filled)" />
              <Text fz="sm">Every row is accounted for</Text>
            </>
          ) : (
            <>
              <IconAlertTriangle size={16} aria-hidden color="var(--mantine-color-error)" />
              <Text fz="sm">
                {ended ? "Counted up to where the run ended" : "The sums do not agree: look at the steps"}
              </Text>
            </>
          )}
        </Group>
      </Group>
    </Paper>
  );
}

function Figure({ word, rows }: { word: string; rows: number }) {
  return (
    <Stack gap={0} className={classes.figure} data-word={word}>
      <span className={classes.rows}>{formatNumber(rows)}</span>
      <span className={classes.word}>{word}</span>
    </Stack>
  );
}
