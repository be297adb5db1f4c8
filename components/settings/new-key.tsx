"use client";
import {
  Button,
  Group,
  MultiSelect,
  NumberInput,
  SegmentedControl,
  Stack,
  TagsInput,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useSession } from "#components/shell/session.tsx";
import { Dialog } from "#components/ui/dialog.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { roleName } from "#components/ui/role-name.ts";
import { SecretOnce } from "#components/ui/secret-once.tsx";
import { fieldErrors } from "#lib/client/index.ts";
import { type ApiKey, createKey, refresh } from "./queries.ts";

type Role = ApiKey["roles"][number];
const ROLES: Role[] = ["ROLE_VIEWER", "ROLE_DATA_ENGINEER", "ROLE_ADMIN", "ROLE_AGENT"];

/** Makes a key and shows its secret this once. */
export function NewKey({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const { tenant } = useSession();
  const [secret, setSecret] = useState<string>();
  const form = useForm({
    initialValues: {
      name: "",
      kind: "api" as "api" | "gateway",
      roles: ["ROLE_DATA_ENGINEER"] as Role[],
      tenants: [tenant],
      expiresInDays: "" as number | string,
    },
    validate: {
      name: (value) => (value.trim() ? null : "Say what it is for"),
      roles: (value) => (value.length > 0 ? null : "Choose at least one role"),
    },
  });
  const create = useMutation({
    mutationFn: ({ name, kind, roles, tenants, expiresInDays }: typeof form.values) =>
      createKey({
        name,
        kind,
        roles,
        ...(kind === "gateway" ? { tenants } : {}),
        ...(expiresInDays === "" ? {} : { expiresInDays: Number(expiresInDays) }),
      }),
    onError: (error) => form.setErrors(fieldErrors(error)),
    onSuccess: async (key) => {
      setSecret(key.secret);
      await refresh(client, "api-keys");
    },
  });
  return (
    <Dialog
      onClose={onClose}
      title={secret ? "Your new key" : "Create key"}
      closeOnClickOutside={!secret}
      closeOnEscape={!secret}
      withCloseButton={!secret}
    >
      {secret ? (
        <SecretOnce
          label="Key"
          value={secret}
          note="Copy it now. It is stored as a hash and cannot be shown again."
          onDone={onClose}
        />
      ) : (
        <form onSubmit={form.onSubmit((values) => create.mutate(values))} noValidate>
          <Stack gap="sm">
            <div>
              <SegmentedControl
                fullWidth
                aria-label="Kind of key"
                data={[
                  { value: "api", label: "API key" },
                  { value: "gateway", label: "Gateway key" },
                ]}
                {...form.getInputProps("kind")}
              />
              <Text fz="xs" c="dimmed" mt={4}>
                {form.values.kind === "api"
                  ? "For one program in this tenant."
                  : "For a trusted gateway that names the tenant and the user of each request."}
              </Text>
            </div>
            <TextInput
              label="Name"
              placeholder="nightly export"
              data-autofocus
              {...form.getInputProps("name")}
            />
            <MultiSelect
              label={form.values.kind === "api" ? "Roles" : "Roles at most"}
              data={ROLES.map((value) => ({ value, label: roleName(value) }))}
              {...form.getInputProps("roles")}
            />
            {form.values.kind === "gateway" ? (
              <TagsInput
                label="Tenants"
                description="Type an id and press Enter"
                {...form.getInputProps("tenants")}
              />
            ) : null}
            <NumberInput
              label="Expires in days"
              placeholder="Never"
              min={1}
              max={3650}
              allowDecimal={false}
              {...form.getInputProps("expiresInDays")}
            />
            {create.error && Object.keys(fieldErrors(create.error)).length === 0 ? (
              <ErrorState error={create.error} title="The key was not created" />
            ) : null}
            <Group justify="flex-end" gap="xs" mt="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={create.isPending}>
                Create key
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
