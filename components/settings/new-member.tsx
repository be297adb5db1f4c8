"use client";
import { Button, Group, MultiSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { roleName } from "#components/ui/role-name.ts";
import { fieldErrors } from "#lib/client/index.ts";
import { LinkOnce } from "./link-once.tsx";
import { addMember, type Member, refresh } from "./queries.ts";

type Role = Member["roles"][number];

/** The roles that people have; agents have keys instead. */
export const MEMBER_ROLES: Role[] = ["ROLE_VIEWER", "ROLE_DATA_ENGINEER", "ROLE_ADMIN"];

/** Brings someone in; who is new here gets a one-time link to hand over. */
export function NewMember({ onClose }: { onClose: () => void }) {
  const client = useQueryClient();
  const [link, setLink] = useState<{ email: string; url: string }>();
  const form = useForm({
    initialValues: { email: "", name: "", roles: ["ROLE_VIEWER"] as Role[] },
    validate: {
      email: (value) => (/^\S+@\S+$/.test(value.trim()) ? null : "An email address"),
      roles: (value) => (value.length > 0 ? null : "Choose at least one role"),
    },
  });
  const add = useMutation({
    mutationFn: ({ email, name, roles }: typeof form.values) =>
      addMember({ email: email.trim(), roles, ...(name.trim() ? { name: name.trim() } : {}) }),
    onError: (error) => form.setErrors(fieldErrors(error)),
    onSuccess: async ({ email, signInUrl }) => {
      await refresh(client, "members");
      if (signInUrl) return setLink({ email, url: signInUrl });
      notifyDone(`${email} was added`);
      onClose();
    },
  });
  if (link) return <LinkOnce email={link.email} url={link.url} onClose={onClose} />;
  return (
    <Dialog onClose={onClose} title="Add member">
      <form onSubmit={form.onSubmit((values) => add.mutate(values))} noValidate>
        <Stack gap="sm">
          <TextInput
            label="Email"
            type="email"
            autoComplete="off"
            data-autofocus
            {...form.getInputProps("email")}
          />
          <TextInput label="Name" autoComplete="off" {...form.getInputProps("name")} />
          <MultiSelect
            label="Roles"
            data={MEMBER_ROLES.map((value) => ({ value, label: roleName(value) }))}
            {...form.getInputProps("roles")}
          />
          {add.error && Object.keys(fieldErrors(add.error)).length === 0 ? (
            <ErrorState error={add.error} title="Nobody was added" />
          ) : null}
          <Group justify="flex-end" gap="xs" mt="xs">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={add.isPending}>
              Add member
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
