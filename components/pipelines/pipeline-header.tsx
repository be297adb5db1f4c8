"use client";
import { ActionIcon, Badge, Button, Group, Menu, Text, Tooltip } from "@mantine/core";
import {
  IconCalendarEvent,
  IconCalendarPause,
  IconDots,
  IconDownload,
  IconPlayerPlay,
  IconSparkles,
  IconTrash,
} from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { IdText } from "#components/ui/id-text.tsx";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";
import { offerUndo } from "./offer-undo.tsx";
import { deletePipeline, pipelineIrQuery, refreshPipelines, scheduleQuery, setSchedule } from "./queries.ts";
import { RunNow } from "./run-now.tsx";
import { ScheduleLine } from "./schedule-line.tsx";

/** Name, schedule and what can be done with a pipeline. */
export function PipelineHeader({ pipeline }: { pipeline: PipelineSummary }) {
  const assistant = useAssistant();
  const mayRun = useCan("pipelines.run");
  const mayWrite = useCan("pipelines.write");
  const [confirming, setConfirming] = useState(false);
  return (
    <>
      <PageHeader
        back={{ href: "/data/pipelines", label: "Pipelines" }}
        title={<span title={pipeline.name}>{pipeline.name}</span>}
        badges={
          <Group gap={6}>
            <Badge color="gray">Version {pipeline.version}</Badge>
            {!pipeline.executable && (
              <Tooltip label="Checks fail: open IR to see which">
                <Badge color="yellow">Draft</Badge>
              </Tooltip>
            )}
            {pipeline.tags.map((tag) => (
              <Badge key={tag} color="gray" variant="default">
                {tag}
              </Badge>
            ))}
          </Group>
        }
        description={
          <>
            {pipeline.description ? <Text fz="sm">{pipeline.description}</Text> : null}
            <Group gap="md" style={{ rowGap: 2 }}>
              <ScheduleLine id={pipeline.id} />
              <IdText id={pipeline.slug} chars={40} label="Copy the pipeline's id" />
            </Group>
          </>
        }
        actions={
          <>
            {!assistant.opened && (
              <Tooltip label="⌘/Ctrl + I">
                <Button
                  variant="default"
                  leftSection={<IconSparkles size={15} aria-hidden />}
                  onClick={() => assistant.open()}
                >
                  Assistant
                </Button>
              </Tooltip>
            )}
            {mayRun && (
              <Tooltip label="A draft cannot run" disabled={pipeline.executable}>
                <Button
                  leftSection={<IconPlayerPlay size={15} aria-hidden />}
                  data-disabled={!pipeline.executable || undefined}
                  aria-disabled={!pipeline.executable}
                  onClick={() => pipeline.executable && setConfirming(true)}
                >
                  Run now
                </Button>
              </Tooltip>
            )}
            <MoreMenu pipeline={pipeline} mayWrite={mayWrite} />
          </>
        }
      />
      {confirming && <RunNow pipeline={pipeline} onClose={() => setConfirming(false)} />}
    </>
  );
}

function MoreMenu({ pipeline, mayWrite }: { pipeline: PipelineSummary; mayWrite: boolean }) {
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
      offerUndo(client, { id: deleted.id, name: pipeline.name });
    },
    onError: (error) => notifyError("The pipeline was not deleted", error),
  });
  const download = async () => {
    const { ir } = await client.fetchQuery(pipelineIrQuery(pipeline.id));
    const url = URL.createObjectURL(new Blob([JSON.stringify(ir, null, 2)], { type: "application/json" }));
    const link = Object.assign(document.createElement("a"), {
      href: url,
      download: `${pipeline.slug}-v${pipeline.version}.json`,
    });
    link.click();
    URL.revokeObjectURL(url);
  };
  const scheduled = schedule.data?.schedule != null;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="default" size={34} aria-label="More actions" loading={remove.isPending}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconDownload size={15} aria-hidden />} onClick={() => void download()}>
          Download IR
        </Menu.Item>
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
