"use client";
import { Tabs } from "@mantine/core";

/** The heads of tabs in one line, which scrolls where it is too narrow for them. */
export function TabList({ tabs }: { tabs: readonly (readonly [value: string, label: string])[] }) {
  return (
    <Tabs.List mb="md" style={{ flexWrap: "nowrap", overflowX: "auto", overflowY: "hidden" }}>
      {tabs.map(([value, label]) => (
        <Tabs.Tab key={value} value={value}>
          {label}
        </Tabs.Tab>
      ))}
    </Tabs.List>
  );
}
