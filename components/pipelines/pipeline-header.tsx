"use client";
import { Badge, Button, Group, Skeleton, Text } from "@mantine/core";
import { IconPlayerPlay, IconSparkles } from "@tabler/icons-react";
import dynamic from "next/dynamic";
import { useState } from "react";
import { useAssistant } from "#components/proposals/assistant-context.tsx";
import { useCan } from "#components/shell/session.tsx";
import { IdText } from "#components/ui/id-text.tsx";
import { PageHeader } from "#components/ui/page-header.tsx";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";

const RunNow = dynamic(() => import("./run-now.tsx").then((module) => module.RunNow), { ssr: false });
const ScheduleLine = dynamic(() => import("./schedule-line.tsx").then((module) => module.ScheduleLine), {
  ssr: false,
  loading: () => <Skeleton height={14} width={180} />,
});
const MoreMenu = dynamic(() => import("./more-menu.tsx"), {
  ssr: false,
  loading: () => <Skeleton height={34} width={34} />,
});

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
              <Badge color="yellow" title="Checks fail: open IR to see which">
                Draft
              </Badge>
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
              <Button
                variant="default"
                title="⌘/Ctrl + I"
                leftSection={<IconSparkles size={15} aria-hidden />}
                onClick={() => assistant.open()}
              >
                Assistant
              </Button>
            )}
            {mayRun && (
              <Button
                leftSection={<IconPlayerPlay size={15} aria-hidden />}
                title={pipeline.executable ? undefined : "A draft cannot run"}
                data-disabled={!pipeline.executable || undefined}
                aria-disabled={!pipeline.executable}
                onClick={() => pipeline.executable && setConfirming(true)}
              >
                Run now
              </Button>
            )}
            <MoreMenu pipeline={pipeline} mayWrite={mayWrite} />
          </>
        }
      />
      {confirming && <RunNow pipeline={pipeline} onClose={() => setConfirming(false)} />}
    </>
  );
}
