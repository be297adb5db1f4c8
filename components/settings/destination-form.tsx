"use client";
import {
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "#components/ui/dialog.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { fieldErrors } from "#lib/client/index.ts";
import {
  createDestination,
  type Destination,
  refresh,
  testDraft,
  testSaved,
  updateDestination,
} from "./queries.ts";
import { TestResult } from "./test-result.tsx";

const SSL_MODES = [
  { value: "disable", label: "disable: no encryption" },
  { value: "require", label: "require: encrypted, certificate not checked" },
  { value: "verify-ca", label: "verify-ca: certificate checked" },
  { value: "verify-full", label: "verify-full: certificate and host name checked" },
] as const;

type Values = {
  name: string;
  host: string;
  port: number | string;
  database: string;
  username: string;
  password: string;
  sslmode: Destination["config"]["sslmode"];
  schema: string;
  rootCert: string;
};

/** Adds a destination, or edits one; either can be tried before it is saved. */
export function DestinationForm({ saved, onClose }: { saved?: Destination; onClose: () => void }) {
  const client = useQueryClient();
  const form = useForm<Values>({
    initialValues: {
      name: saved?.name ?? "",
      host: saved?.config.host ?? "",
      port: saved?.config.port ?? 5432,
      database: saved?.config.database ?? "",
      username: saved?.config.username ?? "",
      password: "",
      sslmode: saved?.config.sslmode ?? "require",
      schema: saved?.config.schema ?? "",
      rootCert: saved?.config.rootCert ?? "",
    },
    validate: {
      name: (value) =>
        /^[a-z][a-z0-9_-]{0,62}$/.test(value) ? null : "A small letter, then small letters, digits, - and _",
      host: required,
      database: required,
      username: required,
    },
  });
  // With nothing changed and no password typed, the saved one is tried with the password that only the server has.
  const test = useMutation({
    mutationFn: (values: Values) =>
      saved && !values.password && !form.isDirty()
        ? testSaved(saved.id)
        : testDraft({ config: configOf(values), password: values.password }),
    onError: showFindings,
    onSuccess: ({ stages }) => {
      const failed = stages.find(({ ok }) => !ok);
      if (failed?.field && failed.field in form.values) form.setFieldError(failed.field, failed.message);
    },
  });
  const save = useMutation({
    mutationFn: (values: Values) =>
      saved
        ? updateDestination(saved.id, {
            config: configOf(values),
            ...(values.password ? { password: values.password } : {}),
          })
        : createDestination({ name: values.name, config: configOf(values), password: values.password }),
    onError: showFindings,
    onSuccess: async ({ name }) => {
      await refresh(client, "destinations");
      notifyDone(`Destination ${name} was saved`);
      onClose();
    },
  });
  function showFindings(error: unknown) {
    form.setErrors(
      Object.fromEntries(
        Object.entries(fieldErrors(error)).map(([path, text]) => [path.replace(/^config\./, ""), text]),
      ),
    );
  }
  function tryIt() {
    form.clearErrors();
    if (!form.validate().hasErrors) test.mutate(form.values);
  }
  const error = save.error ?? test.error;
  return (
    <Dialog onClose={onClose} title={saved ? `Edit ${saved.name}` : "Add destination"} size="lg">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
        <Stack gap="sm">
          <TextInput
            label="Name"
            description="Pipelines name it so; it cannot be changed later"
            disabled={saved !== undefined}
            data-autofocus={saved ? undefined : true}
            spellCheck={false}
            {...form.getInputProps("name")}
          />
          <Group gap="sm" align="flex-start">
            <TextInput label="Host" flex="1 1 220px" spellCheck={false} {...form.getInputProps("host")} />
            <NumberInput
              label="Port"
              w={110}
              min={1}
              max={65_535}
              hideControls
              {...form.getInputProps("port")}
            />
          </Group>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <TextInput label="Database" spellCheck={false} {...form.getInputProps("database")} />
            <TextInput
              label="Schema"
              placeholder="public"
              spellCheck={false}
              {...form.getInputProps("schema")}
            />
          </SimpleGrid>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <TextInput
              label="User name"
              autoComplete="off"
              spellCheck={false}
              {...form.getInputProps("username")}
            />
            <PasswordInput
              label="Password"
              placeholder={saved ? "Unchanged" : ""}
              autoComplete="new-password"
              {...form.getInputProps("password")}
            />
          </SimpleGrid>
          <Select
            label="Encryption"
            data={SSL_MODES}
            allowDeselect={false}
            {...form.getInputProps("sslmode")}
          />
          {form.values.sslmode.startsWith("verify") ? (
            <Textarea
              label="Certificate authority"
              description="PEM text; empty: the authorities that this machine trusts"
              autosize
              minRows={2}
              maxRows={8}
              styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
              {...form.getInputProps("rootCert")}
            />
          ) : null}
          <TestResult test={test.data} pending={test.isPending} />
          {error && Object.keys(fieldErrors(error)).length === 0 ? (
            <ErrorState
              error={error}
              title={save.error ? "The destination was not saved" : "The test did not run"}
            />
          ) : null}
          <Group justify="space-between" mt="xs">
            <Button variant="default" onClick={tryIt} loading={test.isPending}>
              Test connection
            </Button>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending}>
                {saved ? "Save" : "Add destination"}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function required(value: string): string | null {
  return value.trim() ? null : "Required";
}

function configOf(values: Values): Destination["config"] {
  return {
    host: values.host.trim(),
    port: Number(values.port),
    database: values.database,
    username: values.username,
    sslmode: values.sslmode,
    ...(values.schema ? { schema: values.schema } : {}),
    ...(values.rootCert.trim() && values.sslmode.startsWith("verify") ? { rootCert: values.rootCert } : {}),
  };
}
