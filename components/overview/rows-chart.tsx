"use client";
import "@mantine/charts/styles.layer.css";
import { BarChart } from "@mantine/charts";
import { VisuallyHidden } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { formatCompact, formatNumber } from "#components/ui/format.ts";
import type { DayOfRows } from "./rows-per-day.ts";

/** Rows loaded and rejected per day, as bars; the same numbers as a table for those who do not see them. */
export default function RowsChart({ days }: { days: DayOfRows[] }) {
  const still = useReducedMotion();
  return (
    <>
      <BarChart
        h={200}
        data={days}
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
        legendProps={{ verticalAlign: "bottom", height: 28 }}
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
            {days.map(({ day, loaded, rejected }) => (
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
