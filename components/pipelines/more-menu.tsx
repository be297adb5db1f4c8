"use client";
import { ActionIcon, Menu } from "@mantine/core";
import {
  IconCalendarEvent,
  IconCalendarPause,
  IconDots,
  IconFileExport,
  IconTrash,
} from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";
import { offerUndo } from "./offer-undo.tsx";
import { deletePipeline, exportHref, refreshPipelines, scheduleQuery, setSchedule } from "./queries.ts";

const FORMATS = [
  { format: "yaml", label: "Export as YAML" },
  { format: "json", label: "Export as JSON" },
] as const;

/** What is done with a pipeline less often: take it along as a file, pause its schedule, delete it. */
export default function MoreMenu({ pipeline, mayWrite }: { pipeline: PipelineSummary; mayWrite: boolean }) {
  const client = useQueryClient();
  const router = useRouter();
  const schedule = useQuery(scheduleQuery(pipeline.id));
  const toggle = useMutation({
    mutationFn: (enabled: boolean) => setSchedule(pipeline.id, enabled),
    onSuccess: async (_, enabled) => {
      await refreshPipelines(client);
      notifyDone(enabled ? "The schedule runs again" : "The schedule is paused");
    },
    onError: (error) => notifyError("The schedule was not changed", error),
  });
  const remove = useMutation({
    mutationFn: () => deletePipeline(pipeline.id),
    onSuccess: async (deleted) => {
      router.push("/data/pipelines");
      await client.invalidateQueries({ queryKey: ["pipelines", "list"] });
      await offerUndo(client, { id: deleted.id, name: pipeline.name });
    },
    onError: (error) => notifyError("The pipeline was not deleted", error),
  });
  const scheduled = schedule.data?.schedule != null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={34} aria-label="More actions" loading={remove.isPending}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {FORMATS.map(({ format, label }) => (
          <Menu.Item
            key={format}
            component="a"
            href={exportHref(pipeline.id, format)}
            download={`${pipeline.slug}.${format}`}
            leftSection={<IconFileExport size={15} aria-hidden />}
          >
            {label}
          </Menu.Item>
        ))}
        {mayWrite && scheduled && (
          <Menu.Item
            leftSection={
              schedule.data?.enabled ? (
                <IconCalendarPause size={15} aria-hidden />
              ) : (
                <IconCalendarEvent size={15} aria-hidden />
              )
            }
            onClick={() => toggle.mutate(!schedule.data?.enabled)}
          >
            {schedule.data?.enabled ? "Pause schedule" : "Resume schedule"}
          </Menu.Item>
        )}
        {mayWrite && (
          <>
            <Menu.Divider />
            <Menu.Item
              color="red"
              leftSection={<IconTrash size={15} aria-hidden />}
              onClick={() => remove.mutate()}
            >
              Delete
            </Menu.Item>
          </>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}
