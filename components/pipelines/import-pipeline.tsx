"use client";
import { Alert, Button, Code, FileButton, Group, List, Paper, Skeleton, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconCircleCheck, IconCircleX, IconFileUpload } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { useRouter } from "next/navigation";
import { type DragEvent, useState } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { DialogActions } from "#components/ui/dialog-actions.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { limits } from "#lib/limits.ts";
import type { ImportAnswer, LocatedIssue } from "#lib/pipelines/schema.ts";
import classes from "./import-pipeline.module.css";
import { applyImport, planImport, refreshPipelines, versionQuery } from "./queries.ts";

const IrDiff = dynamic(() => import("./ir-diff.tsx").then((module) => module.IrDiff), {
  ssr: false,
  loading: () => <Skeleton height={160} role="status" aria-label="Loading the diff" />,
});

type Chosen = { name: string; text: string };

/** A pipeline's file: dropped or chosen, looked at (what is wrong with it, or what it would change), then applied. */
export function ImportPipeline({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const router = useRouter();
  const [file, setFile] = useState<Chosen>();
  const narrow = useMediaQuery("(max-width: 48em)") ?? false;
  const plan = useMutation({ mutationFn: ({ name, text }: Chosen) => planImport(name, text) });
  const apply = useMutation({
    mutationFn: ({ file: { name, text }, before }: { file: Chosen; before: number | null }) =>
      applyImport(name, text, before),
    onSuccess: async (saved) => {
      await refreshPipelines(client);
      notifyDone(`${saved.name} is version ${saved.version}${saved.executable ? "" : ", a draft"}`);
      router.push(`/data/pipelines/${saved.slug}`);
    },
  });
  const choose = async (chosen: File | null | undefined) => {
    if (!chosen) return;
    apply.reset();
    // No more than it takes for the server to say that it is too large.
    const next = { name: chosen.name, text: await chosen.slice(0, limits.bodyBytes + 1).text() };
    setFile(next);
    plan.mutate(next);
  };
  const answer = plan.data;
  const changes = answer?.result === "created" || answer?.result === "updated";
  return (
    <Dialog onClose={onClose} title="Import a pipeline" size="xl" fullScreen={narrow}>
      <Stack gap="sm">
        <DropArea file={file?.name} onFile={(chosen) => void choose(chosen)} />
        {plan.isPending && <Skeleton height={96} role="status" aria-label="Looking at the file" />}
        {plan.isError && (
          <ErrorState
            title="It could not be looked at"
            error={plan.error}
            onRetry={() => file && plan.mutate(file)}
          />
        )}
        <div aria-live="polite">
          {answer && file && !plan.isPending && <Plan name={file.name} answer={answer} />}
        </div>
        {apply.isError && <ErrorState title="It was not applied" error={apply.error} />}
        <DialogActions onClose={onClose}>
          <Button
            disabled={!changes || plan.isPending}
            loading={apply.isPending}
            onClick={() => file && answer && apply.mutate({ file, before: answer.before })}
          >
            Apply
          </Button>
        </DialogActions>
      </Stack>
    </Dialog>
  );
}

function DropArea({
  file,
  onFile,
}: {
  file: string | undefined;
  onFile: (file: File | null | undefined) => void;
}) {
  const [over, setOver] = useState(false);
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    onFile(event.dataTransfer.files[0]);
  };
  return (
    <Paper
      component="section"
      aria-label="File to import"
      className={classes.drop}
      data-over={over || undefined}
      onDragOver={(event: DragEvent) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <Group gap="sm" justify="space-between">
        <Group gap="sm" wrap="nowrap" miw={0}>
          <IconFileUpload size={22} stroke={1.5} aria-hidden />
          <div>
            <Text fz="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
              {file ?? "Drop a file here"}
            </Text>
            <Text fz="xs" c="dimmed">
              {file ? "Another file takes its place" : "A pipeline as YAML or JSON"}
            </Text>
          </div>
        </Group>
        <FileButton accept=".yaml,.yml,.json,application/yaml,application/json" onChange={onFile}>
          {(props) => (
            <Button variant="default" data-autofocus {...props}>
              Choose a file
            </Button>
          )}
        </FileButton>
      </Group>
    </Paper>
  );
}

/** What a file would do. */
function Plan({ name, answer }: { name: string; answer: ImportAnswer }) {
  if (answer.result === "invalid")
    return (
      <Alert color="red" icon={<IconCircleX />} title="It cannot be imported as it is">
        <Findings name={name} issues={answer.issues} />
      </Alert>
    );
  return (
    <Stack gap="sm">
      <Alert
        color={answer.result === "unchanged" ? "gray" : "teal"}
        icon={<IconCircleCheck />}
        title={headline(answer)}
      >
        {answer.changes.length > 0 && (
          <List size="sm">
            {answer.changes.map((change) => (
              <List.Item key={change.id} style={{ overflowWrap: "anywhere" }}>
                {change.label}
              </List.Item>
            ))}
          </List>
        )}
      </Alert>
      {!answer.executable && answer.result !== "unchanged" && (
        <Alert color="yellow" title="It will be a draft: these keep it from running">
          <Findings name={name} issues={answer.warnings} />
        </Alert>
      )}
      {answer.result === "updated" && <Difference answer={answer} />}
    </Stack>
  );
}

function headline({ result, slug, version, before }: ImportAnswer): string {
  if (result === "unchanged") return `${slug} is the same as version ${before}: there is nothing to apply`;
  if (result === "created") return `${slug} will be a new pipeline`;
  return `${slug} will go from version ${before} to ${version}`;
}

function Findings({ name, issues }: { name: string; issues: readonly LocatedIssue[] }) {
  return (
    <List size="sm">
      {issues.map((issue) => (
        <List.Item key={`${issue.path} ${issue.code} ${issue.message}`} style={{ overflowWrap: "anywhere" }}>
          {issue.line !== undefined && <Code>{`${name}:${issue.line}:${issue.column ?? 1}`}</Code>}{" "}
          {issue.message} {issue.hint ? `(${issue.hint})` : ""}
        </List.Item>
      ))}
    </List>
  );
}

function Difference({ answer: { slug, before, ir } }: { answer: ImportAnswer }) {
  const old = useQuery(versionQuery(slug ?? "", before ?? 1));
  if (old.isError) return <ErrorState error={old.error} onRetry={() => old.refetch()} />;
  if (!old.data || !ir) return <Skeleton height={160} role="status" aria-label="Loading the diff" />;
  return <IrDiff before={old.data.ir} after={ir} split={false} />;
}
