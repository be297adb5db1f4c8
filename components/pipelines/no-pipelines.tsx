"use client";
import { Button } from "@mantine/core";
import { IconRoute, IconSparkles } from "@tabler/icons-react";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";

const EXAMPLE = "Add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders";

/** What stands in place of the list before there is a pipeline. */
export function NoPipelines() {
  const assistant = useAssistant();
  return (
    <EmptyState
      icon={<IconRoute size={28} stroke={1.4} />}
      title="No pipelines yet"
      description="A pipeline reads files or tables, checks every row, and loads a table. Describe one in your own words and review what the assistant makes of it."
      action={
        useCan("pipelines.write") ? (
          <Button
            leftSection={<IconSparkles size={15} aria-hidden />}
            onClick={() => assistant.open({ draft: EXAMPLE })}
          >
            Start with an example
          </Button>
        ) : undefined
      }
    />
  );
}
