import { Group, Skeleton, Stack } from "@mantine/core";

/** The shape of a pipeline's page before it is known. */
export function PageSkeleton() {
  return (
    <Stack gap="md" aria-busy="true" aria-label="Loading">
      <Group justify="space-between">
        <Skeleton height={28} width="min(320px, 60%)" />
        <Skeleton height={34} width={110} />
      </Group>
      <Skeleton height={14} width="min(420px, 80%)" />
      <Skeleton height={420} />
    </Stack>
  );
}
