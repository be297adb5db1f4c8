"use client";
import { Group, Skeleton, Stack } from "@mantine/core";
import { PageBody } from "./page-body.tsx";
import { TableSkeleton } from "./table-skeleton.tsx";

/** A page before its data: head and table in the places where they will be. */
export function PageSkeleton({ columns = ["", "", "", ""] }: { columns?: readonly string[] }) {
  return (
    <PageBody>
      <Stack gap={6} aria-hidden>
        <Skeleton height={24} width={180} />
        <Skeleton height={12} width="min(420px, 80%)" mt={6} />
      </Stack>
      <Group gap="xs" aria-hidden>
        <Skeleton height={32} width={160} />
        <Skeleton height={32} width={120} />
      </Group>
      <TableSkeleton columns={columns} />
    </PageBody>
  );
}
