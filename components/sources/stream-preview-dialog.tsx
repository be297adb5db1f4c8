"use client";
import { List, Skeleton, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { SampleTable } from "#components/warehouse/sample-table.tsx";
import type { Stream, StreamColumn, StreamPreview } from "#lib/connectors/schema.ts";
import { ColumnTable } from "./column-table.tsx";
import { streamFacts } from "./stream-facts.ts";
import type { StreamOffer } from "./use-paged-streams.ts";

/** One stream: its columns with their types and what becomes of them, and its first rows. Nothing is saved. */
export default function StreamPreviewDialog(props: {
  offer: StreamOffer;
  stream: Stream;
  onClose: () => void;
}) {
  const { offer, stream, onClose } = props;
  const preview = useQuery({
    queryKey: [...offer.key, "preview", stream.name],
    queryFn: ({ signal }) => offer.preview(stream.name, { signal }),
    // Rows of somebody's database are not kept once they are out of sight.
    gcTime: 0,
    retry: false,
  });
  const columns = preview.data?.columns ?? stream.columns;
  return (
    <Dialog
      onClose={onClose}
      size="xl"
      title={
        <Text fw={600} component="span" style={{ overflowWrap: "anywhere" }}>
          {stream.name} <CopyButton value={stream.name} label="Copy the stream's name" />
        </Text>
      }
    >
      <Stack gap="md">
        <Text fz="sm" c="dimmed">
          {streamFacts(stream)}
        </Text>
        <Title order={3}>First rows</Title>
        {preview.isError ? (
          <ErrorState
            title="The rows could not be read"
            error={preview.error}
            onRetry={() => void preview.refetch()}
          />
        ) : preview.data ? (
          <Sample name={stream.name} preview={preview.data} />
        ) : (
          <Skeleton height={190} role="status" aria-label="Reading the first rows" />
        )}
        <Title order={3}>Columns</Title>
        <ColumnTable label={`Columns of ${stream.name}`} columns={columns} primaryKey={stream.primaryKey} />
        <Notes columns={columns} />
      </Stack>
    </Dialog>
  );
}

function Sample({ name, preview }: { name: string; preview: StreamPreview }) {
  const { columns, rows } = preview;
  if (rows.length === 0) return <Text c="dimmed">It has no rows.</Text>;
  return (
    <SampleTable
      label={`First rows of ${name}`}
      columns={columns}
      rows={rows.map((row) => Object.fromEntries(columns.map((column, at) => [column.name, row[at]])))}
    />
  );
}

function Notes({ columns }: { columns: readonly StreamColumn[] }) {
  const noted = columns.filter(({ note }) => note);
  if (noted.length === 0) return null;
  return (
    <Stack gap={4}>
      <Title order={3}>What to know</Title>
      <List size="sm" spacing={2}>
        {noted.map(({ name, note }) => (
          <List.Item key={name}>
            <Text span ff="monospace" fz="xs">
              {name}
            </Text>
            : {note}
          </List.Item>
        ))}
      </List>
    </Stack>
  );
}
