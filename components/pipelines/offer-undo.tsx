import { Button, Group, Text } from "@mantine/core";
import type { QueryClient } from "@tanstack/react-query";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { refreshPipelines, undeletePipeline } from "./queries.ts";

/** Says that a pipeline is gone and offers to take that back. */
export async function offerUndo(client: QueryClient, pipeline: { id: string; name: string }): Promise<void> {
  const { notifications } = await import("@mantine/notifications");
  const note = `deleted-${pipeline.id}`;
  const undo = async () => {
    notifications.hide(note);
    try {
      await undeletePipeline(pipeline.id);
      await refreshPipelines(client);
      notifyDone(`${pipeline.name} is back`);
    } catch (error) {
      notifyError("The deletion was not undone", error);
    }
  };
  notifications.show({
    id: note,
    autoClose: 15_000,
    color: "gray",
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text fz="sm" lineClamp={2}>
          {pipeline.name} was deleted
        </Text>
        <Button size="compact-sm" variant="default" onClick={() => void undo()}>
          Undo
        </Button>
      </Group>
    ),
  });
}
