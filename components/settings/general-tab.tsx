"use client";
import {
  Button,
  Code,
  Group,
  Paper,
  PasswordInput,
  Skeleton,
  Stack,
  Switch,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import dynamic from "next/dynamic";
import { type FormEvent, useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { Section } from "#components/ui/section.tsx";
import { fieldErrors } from "#lib/client/index.ts";
import { changePassword, refresh, type Settings, settingsQuery, updateSettings } from "./queries.ts";

// A field for numbers is large, and this one is seldom touched.
const RunsAtOnce = dynamic(() => import("./runs-at-once.tsx").then((m) => m.RunsAtOnce), {
  loading: () => <Skeleton h={60} role="status" aria-label="Loading" />,
});

/** The tenant's name and flags, and the reader's own password. */
export function GeneralTab() {
  const settings = useQuery(settingsQuery());
  return (
    <Stack gap="xl">
      {settings.error && !settings.data ? (
        <ErrorState error={settings.error} onRetry={() => void settings.refetch()} />
      ) : null}
      {settings.isPending ? <Skeleton height={190} radius="md" /> : null}
      {settings.data ? <Tenant settings={settings.data} /> : null}
      <Password />
    </Stack>
  );
}

function Tenant({ settings }: { settings: Settings }) {
  const may = useCan("settings.write");
  const client = useQueryClient();
  const [name, setName] = useState(settings.name);
  const change = useMutation({
    mutationFn: updateSettings,
    onSuccess: () => notifyDone("Saved"),
    onError: (error) => notifyError("The setting was not saved", error),
    onSettled: () => refresh(client, "settings"),
  });
  function rename(event: FormEvent) {
    event.preventDefault();
    change.mutate({ name: name.trim() });
  }
  return (
    <Section title="Tenant">
      <Paper p="lg">
        <Stack gap="lg">
          <form onSubmit={rename}>
            <Group gap="xs" align="flex-end">
              <TextInput
                label="Name"
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                disabled={!may}
                maxLength={100}
                w={280}
                error={fieldErrors(change.error).name}
              />
              {may ? (
                <Button
                  type="submit"
                  variant="default"
                  disabled={!name.trim() || name.trim() === settings.name}
                  loading={change.isPending && change.variables?.name !== undefined}
                >
                  Save
                </Button>
              ) : null}
            </Group>
          </form>
          <Group gap={4}>
            <Text fz="sm" fw={500}>
              Tenant id
            </Text>
            <Code>{settings.tenantId}</Code>
            <CopyButton value={settings.tenantId} label="Copy the tenant id" />
          </Group>
          <Switch
            label="AI pipeline mode"
            description="People can describe a change and review the proposed patch. Off: the assistant refuses before anything is read or sent."
            checked={
              change.isPending
                ? (change.variables?.flowIrEnabled ?? settings.flowIrEnabled)
                : settings.flowIrEnabled
            }
            onChange={(event) => change.mutate({ flowIrEnabled: event.currentTarget.checked })}
            disabled={!may}
          />
          <RunsAtOnce settings={settings} may={may} />
          {may ? null : (
            <Text fz="xs" c="dimmed">
              An administrator can change these.
            </Text>
          )}
        </Stack>
      </Paper>
    </Section>
  );
}

function Password() {
  const form = useForm({
    mode: "uncontrolled",
    initialValues: { currentPassword: "", newPassword: "" },
    validate: {
      newPassword: (value) => (value.length < 12 ? "At least 12 characters" : null),
    },
  });
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      form.reset();
      notifyDone("Your password was changed");
    },
    onError: (error) => form.setErrors(fieldErrors(error)),
  });
  return (
    <Section
      title="Your password"
      description="Signs you in when there is no link at hand. Leave the current one empty if you never set one."
    >
      <Paper p="lg">
        <form
          onSubmit={form.onSubmit(({ currentPassword, newPassword }) =>
            change.mutate({ newPassword, ...(currentPassword ? { currentPassword } : {}) }),
          )}
        >
          <Stack gap="sm" maw={320}>
            <PasswordInput
              label="Current password"
              autoComplete="current-password"
              key={form.key("currentPassword")}
              {...form.getInputProps("currentPassword")}
            />
            <PasswordInput
              label="New password"
              description="At least 12 characters; a long sentence is better than a strange word"
              autoComplete="new-password"
              key={form.key("newPassword")}
              {...form.getInputProps("newPassword")}
            />
            {change.error && Object.keys(fieldErrors(change.error)).length === 0 ? (
              <ErrorState error={change.error} title="The password was not changed" />
            ) : null}
            <Group>
              <Button type="submit" variant="default" loading={change.isPending}>
                Change password
              </Button>
            </Group>
          </Stack>
        </form>
      </Paper>
    </Section>
  );
}
