"use client";
import { ActionIcon, Badge, Button, Code, Group, Text } from "@mantine/core";
import { IconKey, IconPlus, IconTrash } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ConfirmByTyping } from "#components/ui/confirm-by-typing.tsx";
import { type DataColumn, DataTable } from "#components/ui/data-table.tsx";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import { roleName } from "#components/ui/role-name.ts";
import { Section } from "#components/ui/section.tsx";
import { TableSkeleton } from "#components/ui/table-skeleton.tsx";
import { NewKey } from "./new-key.tsx";
import { type ApiKey, keysQuery, refresh, revokeKey } from "./queries.ts";

/** Credentials of programs: make one, see which are used, end one. */
export function KeysTab() {
  const client = useQueryClient();
  const list = useQuery(keysQuery());
  const [making, setMaking] = useState(false);
  const [revoking, setRevoking] = useState<ApiKey>();
  const rows = list.data?.data;
  const make = (
    <Button leftSection={<IconPlus size={15} aria-hidden />} onClick={() => setMaking(true)}>
      Create key
    </Button>
  );
  const columns: DataColumn<ApiKey>[] = [
    ...COLUMNS,
    {
      id: "actions",
      header: "Actions",
      hideHeader: true,
      align: "right",
      cell: (key) => (
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label={`Revoke ${key.name}`}
          title="Revoke"
          onClick={() => setRevoking(key)}
        >
          <IconTrash size={16} />
        </ActionIcon>
      ),
    },
  ];
  return (
    <Section
      title="Keys"
      description="An API key speaks for itself in this tenant. A gateway key passes on who its users are, within the roles you give it."
      actions={rows && rows.length > 0 ? make : undefined}
    >
      {list.error && !list.data ? (
        <ErrorState error={list.error} onRetry={() => void list.refetch()} />
      ) : null}
      {list.isPending ? <TableSkeleton columns={["Name", "Key", "Roles", "Last used", ""]} rows={3} /> : null}
      {rows?.length === 0 ? (
        <EmptyState
          icon={<IconKey />}
          title="No key yet"
          description="A key lets a program or a script call the API in your place."
          action={make}
        />
      ) : null}
      {rows && rows.length > 0 ? (
        <DataTable label="Keys" columns={columns} rows={rows} rowKey={({ id }) => id} minWidth={720} />
      ) : null}
      {making ? <NewKey onClose={() => setMaking(false)} /> : null}
      {revoking ? (
        <ConfirmByTyping
          title="Revoke key"
          name={revoking.name}
          verb="Revoke"
          onClose={() => setRevoking(undefined)}
          onConfirm={async () => {
            await revokeKey(revoking.id);
            await refresh(client, "api-keys");
            notifyDone(`Key ${revoking.name} was revoked`);
          }}
        >
          Programs that use it are refused at once. This cannot be undone.
        </ConfirmByTyping>
      ) : null}
    </Section>
  );
}

const COLUMNS: DataColumn<ApiKey>[] = [
  {
    id: "name",
    header: "Name",
    sortBy: ({ name }) => name,
    cell: ({ name, kind }) => (
      <Group gap={6} wrap="nowrap">
        <Text fw={500} fz="sm">
          {name}
        </Text>
        {kind === "gateway" ? <Badge color="grape">Gateway</Badge> : null}
      </Group>
    ),
  },
  { id: "prefix", header: "Key", cell: ({ prefix }) => <Code>{prefix}…</Code> },
  {
    id: "roles",
    header: "Roles",
    cell: ({ roles, kind, tenants }) => (
      <>
        {roles.map(roleName).join(", ")}
        {kind === "gateway" ? (
          <Text fz="xs" c="dimmed">
            for {tenants.join(", ")}
          </Text>
        ) : null}
      </>
    ),
  },
  {
    id: "used",
    header: "Last used",
    sortBy: ({ lastUsedAt }) => lastUsedAt ?? "",
    cell: ({ lastUsedAt }) => <RelativeTime at={lastUsedAt} fallback="Never" />,
  },
  {
    id: "expires",
    header: "Expires",
    sortBy: ({ expiresAt }) => expiresAt ?? "9999",
    cell: ({ expiresAt }) => <RelativeTime at={expiresAt} fallback="Never" />,
  },
];
