import { Progress, Stack, Text } from "@mantine/core";
import { formatCompact, formatDuration, formatNumber } from "#components/ui/format.ts";
import type { RunProgress } from "#lib/runs/schema.ts";

/** How far a run is, in numbers: "412,000 of ~1.2M rows, 85K/s, 9 s left". */
export function RunProgressLine({ run }: { run: RunProgress }) {
  const { rowsRead, rowsExpected, rate, secondsLeft } = run;
  const share = rowsExpected ? Math.min(100, (rowsRead / rowsExpected) * 100) : undefined;
  return (
    <Stack gap={6} aria-live="polite">
      <Progress.Root size="md">
        <Progress.Section
          value={share ?? 100}
          animated={share === undefined}
          striped={share === undefined}
          aria-label="Rows read"
        />
      </Progress.Root>
      <Text fz="sm" c="dimmed">
        {run.status === "queued"
          ? "Waiting for a worker"
          : progressText(rowsRead, rowsExpected, rate, secondsLeft)}
        {run.cancelRequested ? ". Stopping" : ""}
      </Text>
    </Stack>
  );
}

function progressText(
  read: number,
  expected: number | null,
  rate: number | null,
  left: number | null,
): string {
  return [
    expected ? `${formatNumber(read)} of ~${formatCompact(expected)} rows` : `${formatNumber(read)} rows`,
    ...(rate ? [`${formatCompact(rate)}/s`] : []),
    ...(left === null ? [] : [`${formatDuration(left * 1000)} left`]),
  ].join(", ");
}
