"use client";
import { Text, type TextProps } from "@mantine/core";
import { formatNumber } from "./format.ts";

/** A grouped number in tabular figures; a dash when there is none. */
export function NumberText({
  value,
  ...text
}: { value: number | string | bigint | null | undefined } & TextProps) {
  return (
    <Text component="span" inherit {...text}>
      {value === null || value === undefined ? "—" : formatNumber(value)}
    </Text>
  );
}
