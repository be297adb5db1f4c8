"use client";
import { Button, Code, Group, Paper, Skeleton, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconCircleCheck, IconCircleX } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useRef, useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { IssueText } from "#components/ui/issue-text.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { isApiError } from "#lib/client/index.ts";
import { canonicalText } from "#lib/ir/index.ts";
import type { Issue } from "#lib/ir/schema.ts";
import type { PipelineSummary } from "#lib/pipelines/schema.ts";
import classes from "./ir-tab.module.css";
import { JsonEditor, type JsonEditorHandle } from "./json-editor.tsx";
import { irSchemaQuery, pipelineIrQuery, refreshPipelines, saveIr, validateQuery } from "./queries.ts";
import { StaleSave } from "./stale-save.tsx";

/** The document as JSON: schema help while typing, every finding beside it, saved against the version it came from. */
export default function IrTab({ pipeline }: { pipeline: PipelineSummary }) {
  const saved = useQuery(pipelineIrQuery(pipeline.id));
  if (saved.isError) return <ErrorState error={saved.error} onRetry={() => saved.refetch()} />;
  if (!saved.data) return <Skeleton height={480} role="status" aria-label="Loading the document" />;
  return <Editor pipeline={pipeline} version={saved.data.version} text={canonicalText(saved.data.ir)} />;
}

function Editor(props: { pipeline: PipelineSummary; version: number; text: string }) {
  const { pipeline } = props;
  const client = useQueryClient();
  const mayWrite = useCan("pipelines.write");
  const schema = useQuery(irSchemaQuery);
  const editor = useRef<JsonEditorHandle>(null);
  const [base, setBase] = useState({ version: props.version, text: props.text });
  const [text, setText] = useState(props.text);
  const [note, setNote] = useState("");
  const dirty = text !== base.text;
  if (!dirty && props.version !== base.version) {
    setBase({ version: props.version, text: props.text });
    setText(props.text);
  }
  const [settled] = useDebouncedValue(text, 350);
  const parsed = useMemo(() => parse(settled), [settled]);
  const check = useQuery({ ...validateQuery(pipeline.id, parsed.ok ? parsed.ir : null), enabled: parsed.ok });
  const save = useMutation({
    mutationFn: () => saveIr(pipeline.id, JSON.parse(text), base.version, note.trim() || undefined),
    onSuccess: async (version) => {
      setBase({ version: version.version, text });
      setNote("");
      await refreshPipelines(client);
      notifyDone(`Version ${version.version} is saved${version.executable ? "" : " as a draft"}`);
    },
  });
  const stale = isApiError(save.error) && save.error.code === "stale_version" ? save.error : undefined;
  const canSave = mayWrite && dirty && parse(text).ok;
  const reload = (to: { version: number; text: string }) => {
    setBase(to);
    setText(to.text);
    save.reset();
  };

  return (
    <div className={classes.split}>
      <Stack gap="xs" className={classes.editor}>
        <div className={classes.frame}>
          <JsonEditor
            ref={editor}
            value={text}
            schema={schema.data}
            editable={mayWrite}
            height="clamp(360px, calc(100dvh - 330px), 900px)"
            label="The pipeline's document as JSON"
            onChange={setText}
            onSave={() => canSave && save.mutate()}
          />
        </div>
        {mayWrite && (
          <Group gap="xs" align="flex-end">
            <TextInput
              aria-label="What changed"
              placeholder="What changed, for the version list (optional)"
              value={note}
              onChange={(event) => setNote(event.currentTarget.value)}
              maxLength={1000}
              className={classes.note}
            />
            <Button variant="default" disabled={!dirty} onClick={() => setText(base.text)}>
              Discard
            </Button>
            <Button disabled={!canSave} loading={save.isPending} onClick={() => save.mutate()}>
              {dirty ? `Save as version ${base.version + 1}` : "Saved"}
            </Button>
          </Group>
        )}
        {stale ? (
          <StaleSave
            pipelineId={pipeline.id}
            mine={text}
            base={base.version}
            current={Number(stale.problem.currentVersion)}
            onReload={reload}
            onKeep={(version) => {
              setBase((before) => ({ ...before, version }));
              save.reset();
            }}
          />
        ) : (
          save.isError && <ErrorState title="It was not saved" error={save.error} />
        )}
      </Stack>
      <Findings
        syntax={parsed.ok ? undefined : parsed.message}
        loading={parsed.ok && check.isPending}
        error={check.error}
        issues={check.data?.issues ?? []}
        warnings={check.data?.warnings ?? []}
        onLocate={(pointer) => editor.current?.locate(pointer)}
      />
    </div>
  );
}

function Findings(props: {
  syntax: string | undefined;
  loading: boolean;
  error: unknown;
  issues: readonly Issue[];
  warnings: readonly Issue[];
  onLocate: (pointer: string) => void;
}) {
  const { syntax, issues, warnings } = props;
  const clean = !syntax && !props.loading && !props.error && issues.length === 0;
  return (
    <Paper p="sm" className={classes.findings} component="section" aria-label="Checks" aria-live="polite">
      <Stack gap="xs">
        <Group gap={6} wrap="nowrap">
          {clean ? (
            <IconCircleCheck size={16} aria-hidden color="var(--mantine-color-teal-filled)" />
          ) : props.loading ? null : (
            <IconCircleX size={16} aria-hidden color="var(--mantine-color-error)" />
          )}
          <Text fz="sm" fw={500}>
            {headline(props, clean)}
          </Text>
        </Group>
        {syntax && (
          <Text fz="sm" style={{ overflowWrap: "anywhere" }}>
            {syntax}
          </Text>
        )}
        {props.error ? <ErrorState title="The check did not run" error={props.error} /> : null}
        {!syntax &&
          issues.map((issue) => (
            <Finding key={issue.path + issue.message} issue={issue} onLocate={props.onLocate} />
          ))}
        {!syntax &&
          warnings.map((issue) => (
            <Finding key={issue.path + issue.message} issue={issue} warning onLocate={props.onLocate} />
          ))}
        {clean && warnings.length === 0 && (
          <Text fz="sm" c="dimmed">
            Every check passes. It can run as it is.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}

function headline(
  { syntax, loading, error, issues }: Parameters<typeof Findings>[0],
  clean: boolean,
): string {
  if (syntax) return "Not JSON yet";
  if (loading) return "Checking";
  if (error) return "Not checked";
  if (clean) return "Executable";
  return issues.length === 1
    ? "1 finding; it can be saved as a draft"
    : `${issues.length} findings; it can be saved as a draft`;
}

function Finding(props: { issue: Issue; warning?: boolean; onLocate: (pointer: string) => void }) {
  const { issue, warning } = props;
  return (
    <UnstyledButton className={classes.finding} onClick={() => props.onLocate(issue.path)}>
      <IssueText issue={issue} {...(warning ? { warning } : {})}>
        <Code fz={11}>{issue.path || "/"}</Code>
      </IssueText>
    </UnstyledButton>
  );
}

function parse(text: string): { ok: true; ir: unknown } | { ok: false; message: string } {
  try {
    return { ok: true, ir: JSON.parse(text) };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : "This is not JSON" };
  }
}
