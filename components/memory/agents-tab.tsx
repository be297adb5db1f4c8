"use client";
import { Stack } from "@mantine/core";
import { NamedList } from "./named-list.tsx";

/** Who writes events, and in which conversations. */
export default function AgentsTab() {
  return (
    <Stack gap="xl">
      <NamedList
        kind="agents"
        title="Agents"
        description="Every agent that wrote an event, or was written down by POST /v1/agents."
      />
      <NamedList
        kind="sessions"
        title="Sessions"
        description="Every conversation or job that events belong to."
      />
    </Stack>
  );
}
