"use client";
import { ActionIcon, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconDatabase, IconPencil, IconPlugConnected, IconPlus, IconTrash } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { ConfirmByTyping } from "#components/ui/confirm-by-typing.tsx";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { Section } from "#components/ui/section.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { DestinationForm } from "./destination-form.tsx";
import { type Destination, deleteDestination, destinationsQuery, refresh, testSaved } from "./queries.ts";
import classes from "./settings.module.css";
import { TestResult } from "./test-result.tsx";

type Open = { what: "add" } | { what: "edit" | "test" | "delete"; destination: Destination };

/** Where pipelines may write beside the built-in warehouse. */
export function DestinationsTab() {
  const may = useCan("settings.write");
  const client = useQueryClient();
  const list = useQuery(destinationsQuery());
  const [open, setOpen] = useState<Open>();
  const columns = useMemo(() => columnsFor(may, setOpen), [may]);
  const close = () => setOpen(undefined);
  const add = may ? (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setOpen({ what: "add" })}>
      Add destination
    </Button>
  ) : undefined;
  const rows = list.data?.data;
  return (
    <Section
      title="Destinations"
      description="Where targets write, beside the built-in warehouse. Passwords are encrypted and never shown again."
      actions={rows && rows.length > 0 ? add : undefined}
    >
      {list.error && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : null}
      {list.isPending ? <TableSkeleton columns={["Name", "Address", "Changed", ""]} rows={3} /> : null}
      {rows?.length === 0 ? (
        <EmptyState
          icon={<IconDatabase />}
          title="No destination yet"
          description="Pipelines write into the built-in warehouse. Add a PostgreSQL to write there instead."
          action={add}
        />
      ) : null}
      {rows && rows.length > 0 ? (
        <DataTable label="Destinations" columns={columns} rows={rows} rowKey={({ id }) => id} />
      ) : null}
      {open?.what === "add" ? <DestinationForm onClose={close} /> : null}
      {open?.what === "edit" ? <DestinationForm saved={open.destination} onClose={close} /> : null}
      {open?.what === "test" ? <TestSaved destination={open.destination} onClose={close} /> : null}
      {open?.what === "delete" ? (
        <ConfirmByTyping
          title="Delete destination"
          name={open.destination.name}
          verb="Delete"
          onClose={close}
          onConfirm={async () => {
            await deleteDestination(open.destination.id);
            await refresh(client, "destinations");
            notifyDone(`Destination ${open.destination.name} was deleted`);
          }}
        >
          Pipelines that write to it will fail until they name another. The tables in the database stay as
          they are.
        </ConfirmByTyping>
      ) : null}
    </Section>
  );
}

function TestSaved({ destination, onClose }: { destination: Destination; onClose: () => void }) {
  const test = useMutation({ mutationFn: () => testSaved(destination.id) });
  return (
    <Dialog onClose={onClose} title={`Test ${destination.name}`} size="lg">
      <Stack gap="sm">
        <Text fz="sm" c="dimmed">
          Goes stage by stage with the saved password and stops at the first that fails. Nothing is written.
        </Text>
        <TestResult test={test.data} pending={test.isPending} />
        {test.error ? <ErrorState error={test.error} title="The test did not run" /> : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
          <Button onClick={() => test.mutate()} loading={test.isPending} data-autofocus>
            {test.data ? "Test again" : "Run the test"}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function columnsFor(may: boolean, open: (what: Open) => void): DataColumn<Destination>[] {
  return [
    {
      id: "name",
      header: "Name",
      cell: ({ name }) => (
        <Text fw={500} fz="sm" className={classes.address}>
          {name}
        </Text>
      ),
      sortBy: ({ name }) => name,
    },
    {
      id: "address",
      header: "Address",
      cell: ({ config }) => (
        <Code className={classes.address}>
          {config.username}@{config.host}:{config.port}/{config.database}
        </Code>
      ),
    },
    { id: "tls", header: "Encryption", wideOnly: true, cell: ({ config }) => config.sslmode },
    {
      id: "changed",
      header: "Changed",
      cell: ({ updatedAt }) => <RelativeTime at={updatedAt} />,
      sortBy: ({ updatedAt }) => updatedAt,
    },
    ...(may
      ? [
          {
            id: "actions",
            header: "Actions",
            hideHeader: true,
            align: "right" as const,
            cell: (destination: Destination) => (
              <Group gap={2} justify="flex-end" wrap="nowrap">
                {(
                  [
                    ["test", "Test", IconPlugConnected],
                    ["edit", "Edit", IconPencil],
                    ["delete", "Delete", IconTrash],
                  ] as const
                ).map(([what, label, Icon]) => (
                  <ActionIcon
                    key={what}
                    variant="subtle"
                    color="gray"
                    aria-label={`${label} ${destination.name}`}
                    title={label}
                    onClick={() => open({ what, destination })}
                  >
                    <Icon size={16} />
                  </ActionIcon>
                ))}
              </Group>
            ),
          },
        ]
      : []),
  ];
}
