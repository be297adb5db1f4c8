"use client";
import {
  Alert,
  Anchor,
  CloseButton,
  Code,
  Group,
  Paper,
  Select,
  Skeleton,
  Stack,
  Text,
  Title,
} from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { useEffect, useMemo } from "react";
import type { PipelineIr } from "#lib/ir/schema.ts";
import type { PipelineLineage } from "#lib/runs/schema.ts";
import {
  type LitPath,
  lineageModel,
  litPath,
  type OriginLine,
  originLines,
  traceOf,
  traceRef,
  writtenColumns,
} from "./lineage-model.ts";
import classes from "./lineage-view.module.css";
import { lineageQuery } from "./queries.ts";

const SHOWN = 200;

/** Where a column comes from: choose one that is written, or one that the address names; its way lights up in the graph. */
export default function LineageView(props: {
  pipelineId: string;
  ir: PipelineIr;
  traced: string | undefined;
  onTrace: (ref: string | undefined) => void;
  onPath: (path: LitPath | undefined) => void;
  onClose: () => void;
}) {
  const { pipelineId, ir, traced, onTrace, onPath, onClose } = props;
  const known = useQuery(lineageQuery(pipelineId));
  const settled = known.isSuccess || known.isError;
  const model = useMemo(
    () => (settled ? lineageModel(ir, known.data) : undefined),
    [settled, ir, known.data],
  );
  const found = useMemo(() => (model ? traceOf(model, traced) : undefined), [model, traced]);
  const written = useMemo(() => (model ? writtenColumns(model) : []), [model]);
  useEffect(() => {
    onPath(found && litPath(found.trace));
    return () => onPath(undefined);
  }, [found, onPath]);
  const choices = useMemo(() => choicesOf(written, found), [written, found]);
  return (
    <Paper withBorder p="md" mt="sm" component="section" aria-label="Where columns come from">
      <Group justify="space-between" wrap="nowrap" align="flex-start" mb="xs">
        <Title order={3}>Where columns come from</Title>
        <CloseButton aria-label="Close the lineage" onClick={onClose} />
      </Group>
      {settled && !model ? (
        <Text fz="sm" c="dimmed">
          A draft that cannot run yet has no lineage.
        </Text>
      ) : (
        <Stack gap="md">
          {settled ? (
            <Select
              label="Column"
              placeholder="Choose a column that is written"
              data={choices}
              value={found ? traceRef(found.nodeId, found.column) : null}
              onChange={(value) => onTrace(value ?? undefined)}
              searchable
              clearable
              limit={SHOWN}
              nothingFoundMessage="No such column"
              maw={420}
              comboboxProps={{ withinPortal: true }}
            />
          ) : (
            <Skeleton height={60} maw={420} role="status" aria-label="Loading the columns" />
          )}
          {traced && model && !found && (
            <Alert color="gray" role="status">
              This column is not among those that are known.
            </Alert>
          )}
          {found && model && <Found ir={ir} found={found} />}
          {written.some(({ target }) => model?.lineage.nodes.get(target)?.rest) && (
            <Text fz="sm" c="dimmed">
              A source does not say which columns it has; those that nothing names are known once it ran.
            </Text>
          )}
          {known.data && <Neighbours lineage={known.data} />}
        </Stack>
      )}
    </Paper>
  );
}

type Found = NonNullable<ReturnType<typeof traceOf>>;

/** Columns to choose from, by target; one that is shown of another node is among them. */
function choicesOf(written: { target: string; columns: string[] }[], found: Found | undefined) {
  const groups = written.map(({ target, columns }) => ({
    group: target,
    items: columns.map((name) => ({ value: traceRef(target, name), label: name })),
  }));
  if (!found || written.some(({ target }) => target === found.nodeId)) return groups;
  const item = { value: traceRef(found.nodeId, found.column), label: found.column };
  return [{ group: found.nodeId, items: [item] }, ...groups];
}

function Found({ ir, found }: { ir: PipelineIr; found: Found }) {
  const { nodeId, column, trace } = found;
  const origins = originLines(ir, trace.origins);
  const rows = originLines(ir, trace.rows, "rows");
  return (
    <div aria-live="polite">
      <Text fz="sm" fw={600} mb={4}>
        <Code>{column}</Code> of {nodeId} {origins.length > 0 ? "comes from" : "comes from no source"}
      </Text>
      {origins.length > 0 && <Origins lines={origins} label={`Where ${column} comes from`} />}
      <Text fz="sm" fw={600} mt="sm" mb={4}>
        On its way
      </Text>
      <ol className={classes.way}>
        {trace.nodes.map((node) => (
          <li key={node.nodeId}>
            <Text fz="sm" span fw={500}>
              {node.nodeId}
            </Text>
            {node.columns.map(({ name, notes, decides }) => (
              <Text key={name ?? ""} fz="sm" component="div" className={classes.step}>
                <Code>{name ?? "all rows"}</Code>{" "}
                {notes.join(", then ") || (decides ? "only decides" : "as it is")}
              </Text>
            ))}
          </li>
        ))}
      </ol>
      {rows.length > 0 && (
        <>
          <Text fz="sm" fw={600} mt="sm" mb={4}>
            Which rows there are is decided by
          </Text>
          <Origins lines={rows} label="What decides about rows" />
        </>
      )}
    </div>
  );
}

function Origins({ lines, label }: { lines: OriginLine[]; label: string }) {
  return (
    <ul className={classes.origins} aria-label={label}>
      {lines.map(({ field, node, place, how }) => (
        <li key={`${node} ${field}`}>
          <Text fz="sm" component="div" className={classes.step}>
            <Code>{field}</Code> of {node}
            {place && <span className={classes.place}> ({place})</span>}: {how}
          </Text>
        </li>
      ))}
    </ul>
  );
}

function Neighbours({ lineage: { upstream, downstream } }: { lineage: PipelineLineage }) {
  const sides = [
    ["Its sources are written by", upstream],
    ["What it writes is read by", downstream],
  ] as const;
  return sides.map(([words, list]) =>
    list.length === 0 ? null : (
      <Text key={words} fz="sm" component="div">
        {words}{" "}
        {list.map(({ slug, name, tables }, at) => (
          <span key={slug}>
            {at > 0 && ", "}
            <Anchor component={Link} href={`/data/pipelines/${slug}`} fz="sm">
              {name}
            </Anchor>{" "}
            <span className={classes.place}>({tables.map((table) => table.name).join(", ")})</span>
          </span>
        ))}
      </Text>
    ),
  );
}
