"use client";
import "@mantine/charts/styles.layer.css";
import { BarChart } from "@mantine/charts";
import { VisuallyHidden } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { formatCompact, formatNumber } from "#components/ui/format.ts";
import type { DayOfRows } from "#lib/runs/schema.ts";

/** Rows loaded and rejected per day, as bars; the same numbers as a table for those who do not see them. */
export default function RowsChart({ days }: { days: DayOfRows[] }) {
  const still = useReducedMotion();
  const rows = days.map((one) => ({ ...one, day: dayName(one.day) }));
  return (
    <>
      <BarChart
        h={200}
        data={rows}
        dataKey="day"
        type="stacked"
        series={[
          { name: "loaded", label: "Loaded", color: "var(--penstock-series-1)" },
          { name: "rejected", label: "Rejected", color: "var(--penstock-series-2)" },
        ]}
        valueFormatter={formatNumber}
        yAxisProps={{ width: 44, tickFormatter: formatCompact, allowDecimals: false, tickCount: 4 }}
        xAxisProps={{ minTickGap: 24 }}
        maxBarWidth={28}
        tickLine="none"
        gridAxis="x"
        withLegend
        legendProps={{ verticalAlign: "top", height: 32 }}
        barProps={{ isAnimationActive: !still, animationDuration: 200 }}
        barChartProps={{ accessibilityLayer: false }}
        aria-hidden
      />
      <VisuallyHidden>
        <table>
          <caption>Rows per day</caption>
          <thead>
            <tr>
              <th scope="col">Day</th>
              <th scope="col">Loaded</th>
              <th scope="col">Rejected</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ day, loaded, rejected }) => (
              <tr key={day}>
                <th scope="row">{day}</th>
                <td>{formatNumber(loaded)}</td>
                <td>{formatNumber(rejected)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}

const name = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** `2026-11-21` → `21 Nov`. */
function dayName(day: string): string {
  return name.format(Date.parse(day));
}
