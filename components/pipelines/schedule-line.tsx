"use client";
import { Group, HoverCard, List, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { IconCalendarEvent, IconCalendarOff, IconCalendarPause } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { scheduleQuery } from "./queries.ts";

/** The schedule in words; the next three runs on hover or focus. */
export function ScheduleLine({ id }: { id: string }) {
  const { data } = useQuery(scheduleQuery(id));
  if (!data) return <Skeleton height={14} width={180} />;
  if (!data.schedule) {
    return (
      <Group gap={6} wrap="nowrap">
        <IconCalendarOff size={15} aria-hidden />
        <Text fz="sm">Not scheduled</Text>
      </Group>
    );
  }
  const Icon = data.enabled ? IconCalendarEvent : IconCalendarPause;
  return (
    <HoverCard openDelay={200} position="bottom-start" withinPortal>
      <HoverCard.Target>
        <UnstyledButton fz="sm" c="dimmed">
          <Group gap={6} wrap="nowrap">
            <Icon size={15} aria-hidden />
            <span>
              {data.description}
              {data.enabled ? "" : " (paused)"}
            </span>
          </Group>
        </UnstyledButton>
      </HoverCard.Target>
      <HoverCard.Dropdown>
        <Text fz="xs" fw={500} mb={4}>
          {data.enabled ? "Next runs" : "It would run"}
        </Text>
        <List size="xs" spacing={2} listStyleType="none">
          {data.nextRunsInWords.map((words, i) => (
            <List.Item key={words}>
              {words}
              {i === 0 && data.nextRuns[0] ? (
                <Text span fz="xs" c="dimmed">
                  {" "}
                  <RelativeTime at={data.nextRuns[0]} />
                </Text>
              ) : null}
            </List.Item>
          ))}
        </List>
        {data.blocked && (
          <Text fz="xs" c="dimmed" mt={4} maw={280}>
            {data.blocked}
          </Text>
        )}
      </HoverCard.Dropdown>
    </HoverCard>
  );
}
