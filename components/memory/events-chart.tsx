"use client";
import "@mantine/charts/styles.layer.css";
import { BarChart } from "@mantine/charts";
import { VisuallyHidden } from "@mantine/core";
import { useReducedMotion } from "@mantine/hooks";
import { useMemo } from "react";
import { formatCompact, formatMoment, formatNumber } from "#components/ui/format.ts";
import type { Volume } from "#lib/ingest/schema.ts";
import { fillVolume } from "./fill-volume.ts";

/** Events by minute or hour, as bars; those with events as a table for those who do not see them. */
export default function EventsChart({
  volume,
  hours,
  height,
}: {
  volume: Volume;
  hours: number;
  height: number;
}) {
  const still = useReducedMotion();
  const rows = useMemo(() => {
    const name = new Intl.DateTimeFormat("en-GB", {
      hour: "2-digit",
      minute: "2-digit",
      ...(hours > 24 ? { day: "numeric", month: "short" } : {}),
    });
    return fillVolume(volume, hours, Date.now()).map(({ at, events }) => ({
      at: name.format(at),
      events,
      key: at,
    }));
  }, [volume, hours]);
  return (
    <>
      <BarChart
        h={height}
        data={rows}
        dataKey="at"
        series={[{ name: "events", label: "Events", color: "var(--penstock-series-1)" }]}
        valueFormatter={formatNumber}
        yAxisProps={{ width: 40, tickFormatter: formatCompact, allowDecimals: false, tickCount: 3 }}
        xAxisProps={{ minTickGap: 40 }}
        maxBarWidth={18}
        tickLine="none"
        gridAxis="x"
        barProps={{ isAnimationActive: !still, animationDuration: 200 }}
        barChartProps={{ accessibilityLayer: false }}
        aria-hidden
      />
      <VisuallyHidden>
        <table>
          <caption>Events per {volume.bucket}</caption>
          <thead>
            <tr>
              <th scope="col">From</th>
              <th scope="col">Events</th>
            </tr>
          </thead>
          <tbody>
            {rows
              .filter(({ events }) => events > 0)
              .map(({ key, events }) => (
                <tr key={key}>
                  <th scope="row">{formatMoment(key)}</th>
                  <td>{formatNumber(events)}</td>
                </tr>
              ))}
          </tbody>
        </table>
      </VisuallyHidden>
    </>
  );
}
