"use client";
import { Autocomplete, Button, Group, Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { useUrlState } from "#components/ui/use-url-state.ts";
import classes from "./audit.module.css";
import { ENTITY_TYPES, entityTypeName } from "./entity-type-name.ts";
import type { AuditFilter, AuditRow } from "./queries.ts";

/** Narrows the list; every choice goes into the address. `rows` supply the suggestions. */
export default function AuditFilters({ filter, rows }: { filter: AuditFilter; rows: AuditRow[] }) {
  const { set } = useUrlState();
  const [action, setAction] = useState(filter.action ?? "");
  const change = (changes: Record<string, string | undefined>) => set({ ...changes, page: undefined });
  const settleAction = useDebouncedCallback((value: string) => change({ action: value || undefined }), 350);
  const types = [...new Set([...Object.keys(ENTITY_TYPES), ...rows.map(({ entityType }) => entityType)])];
  const users = new Map(rows.map(({ userId, userName }) => [userId, userName ?? userId]));
  if (filter.userId && !users.has(filter.userId)) users.set(filter.userId, filter.userId);
  const narrowed = Object.values(filter).some(Boolean);
  return (
    <search aria-label="Filter the audit log">
      <Group gap="xs" align="flex-end" className={classes.filters}>
        <Select
          label="Entity"
          placeholder="Any"
          clearable
          w={150}
          data={types.map((value) => ({ value, label: entityTypeName(value) }))}
          value={filter.entityType ?? null}
          onChange={(value) => change({ entityType: value ?? undefined })}
        />
        <Autocomplete
          label="Action"
          placeholder="Any"
          w={190}
          data={[...new Set(rows.map((row) => row.action))].sort()}
          value={action}
          onChange={(value) => {
            setAction(value);
            settleAction(value);
          }}
        />
        <Select
          label="Who"
          placeholder="Anyone"
          clearable
          searchable
          w={170}
          data={[...users].map(([value, label]) => ({ value, label }))}
          value={filter.userId ?? null}
          onChange={(value) => change({ user: value ?? undefined })}
        />
        <TextInput
          type="date"
          label="From"
          w={140}
          value={filter.from ?? ""}
          max={filter.to}
          onChange={(event) => change({ from: event.currentTarget.value || undefined })}
        />
        <TextInput
          type="date"
          label="To"
          w={140}
          value={filter.to ?? ""}
          min={filter.from}
          onChange={(event) => change({ to: event.currentTarget.value || undefined })}
        />
        {narrowed ? (
          <Button
            variant="subtle"
            color="gray"
            onClick={() => {
              setAction("");
              change({
                entityType: undefined,
                action: undefined,
                user: undefined,
                from: undefined,
                to: undefined,
              });
            }}
          >
            Clear
          </Button>
        ) : null}
      </Group>
    </search>
  );
}
