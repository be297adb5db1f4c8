"use client";
import { Anchor, Group, Paper, Stack, Text, Title } from "@mantine/core";
import Link from "next/link";
import { useSession } from "#components/shell/session.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import classes from "./memory.module.css";

/** What to do where nothing is remembered yet: a command that works as it is once a key stands in its place. */
export function FirstEvent() {
  const { tenant, permissions } = useSession();
  const command = firstEventCommand(window.location.origin, tenant);
  return (
    <Paper p={{ base: "md", sm: "xl" }}>
      <Stack gap="md">
        <Title order={2}>Nothing is remembered yet</Title>
        <Text maw="68ch">
          An agent sends what it does as events. Each is kept for good, becomes a memory, and can be found
          here by its words a moment later. Send the first one:
        </Text>
        <div className={classes.command}>
          <pre>
            <code>{command}</code>
          </pre>
          <CopyButton value={command} label="Copy the command" />
        </div>
        <Group gap="md" fz="sm">
          {permissions.includes("keys.manage") ? (
            <Anchor component={Link} href="/settings?tab=keys">
              Create an API key with the role Agent
            </Anchor>
          ) : (
            <Text c="dimmed">An administrator creates API keys.</Text>
          )}
          <Anchor component={Link} href="/docs/api">
            Read the API
          </Anchor>
        </Group>
      </Stack>
    </Paper>
  );
}

/** The first event of a tenant by curl; the key comes from the shell. */
export function firstEventCommand(origin: string, tenant: string): string {
  const event = {
    event_id: "evt_first",
    tenant_id: tenant,
    workspace_id: "w_first",
    agent_id: "agent_a",
    session_id: "sess_a",
    event_type: "user_message",
    payload: { text: "Orders that arrive after midnight belong to the day before" },
    visibility: "tenant",
  };
  return [
    'export PENSTOCK_KEY="paste an API key here"',
    `curl -sS "${origin}/v1/ingest/events" \\`,
    '  -H "Authorization: Bearer $PENSTOCK_KEY" \\',
    '  -H "Content-Type: application/json" \\',
    `  -d '${JSON.stringify(event, null, 2)}'`,
  ].join("\n");
}
