"use client";
import { Button, Group, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useRouter } from "next/navigation";
import { useRef } from "react";
import type { Pagination } from "#lib/pipelines/schema.ts";
import { formatNumber } from "./format.ts";
import { useUrlState } from "./use-url-state.ts";

/** Moves through a list by its cursor, kept in the address; Back works as expected. */
export function Pager({ page, noun }: { page: Pagination; noun: [one: string, many: string] }) {
  const { get, set } = useUrlState();
  const router = useRouter();
  const depth = useRef(0);
  const cursor = get("cursor");
  if (!cursor && !page.hasMore) {
    return (
      <Text fz="xs" c="dimmed">
        {count(page.total, noun)}
      </Text>
    );
  }
  const forward = () => {
    depth.current += 1;
    set({ cursor: page.cursor ?? undefined }, "push");
  };
  const back = () => {
    if (depth.current > 0) {
      depth.current -= 1;
      router.back();
    } else set({ cursor: undefined });
  };
  return (
    <Group justify="space-between">
      <Text fz="xs" c="dimmed">
        {count(page.total, noun)}, {page.limit} a page
      </Text>
      <Group gap="xs">
        <Button
          size="xs"
          variant="default"
          disabled={!cursor}
          leftSection={<IconChevronLeft size={14} aria-hidden />}
          onClick={back}
        >
          Previous
        </Button>
        <Button
          size="xs"
          variant="default"
          disabled={!page.hasMore}
          rightSection={<IconChevronRight size={14} aria-hidden />}
          onClick={forward}
        >
          Next
        </Button>
      </Group>
    </Group>
  );
}

const count = (total: number, [one, many]: [string, string]): string =>
  `${formatNumber(total)} ${total === 1 ? one : many}`;
