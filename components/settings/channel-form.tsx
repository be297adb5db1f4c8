"use client";
import {
  Button,
  Checkbox,
  Group,
  MultiSelect,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Dialog } from "#components/ui/dialog.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { fieldErrors } from "#lib/client/index.ts";
import type { Channel, Topic } from "#lib/notices/schema.ts";
import { MailFields, WebFields } from "./channel-fields.tsx";
import { KIND_NAMES, TOPIC_NAMES } from "./channel-names.ts";
import {
  channelsQuery,
  createChannel,
  type NewChannel,
  pipelineNamesQuery,
  testChannelDraft,
  testSavedChannel,
  updateChannel,
} from "./channel-queries.ts";
import { ChannelResult } from "./channel-result.tsx";
import { type ChannelValues, draftOf, missing, valuesOf } from "./channel-values.ts";

const KINDS = Object.entries(KIND_NAMES).map(([value, label]) => ({ value, label }));
const TOPICS = Object.entries(TOPIC_NAMES) as [Topic, readonly [string, string]][];

/** Adds a channel, or edits one; either can be tried before it is saved. */
export function ChannelForm({ saved, onClose }: { saved?: Channel; onClose: () => void }) {
  const client = useQueryClient();
  const pipelines = useQuery(pipelineNamesQuery());
  const form = useForm<ChannelValues>({ initialValues: valuesOf(saved), validate: missing });
  const { kind } = form.values;
  // With nothing changed and no secret typed, the saved one is tried with the secret that only the server has.
  const test = useMutation({
    mutationFn: (values: ChannelValues) =>
      saved && !form.isDirty() ? testSavedChannel(saved.id) : testChannelDraft(draftOf(values)),
    onError: showFindings,
    onSuccess: ({ stages }) => {
      const failed = stages.find(({ ok }) => !ok);
      if (failed?.field && failed.field in form.values) form.setFieldError(failed.field, failed.message);
    },
  });
  const save = useMutation({
    mutationFn: (values: ChannelValues) => {
      const { kind: of, ...where } = draftOf(values);
      const topics = of === "openlineage" ? [] : values.topics;
      const told = { name: values.name.trim(), topics, pipelines: values.pipelines };
      return saved
        ? updateChannel(saved.id, { ...where, ...told })
        : createChannel({ kind: of, ...where, ...told } as NewChannel);
    },
    onError: showFindings,
    onSuccess: async ({ name }) => {
      await client.invalidateQueries({ queryKey: channelsQuery().queryKey });
      notifyDone(`Channel ${name} was saved`);
      onClose();
    },
  });
  function showFindings(error: unknown) {
    const found = Object.entries(fieldErrors(error));
    form.setErrors(
      Object.fromEntries(found.map(([path, text]) => [path.replace(/^config\./, "").split(".")[0], text])),
    );
  }
  function tryIt() {
    form.clearErrors();
    const { name: _, ...errors } = form.validate().errors;
    if (Object.keys(errors).length === 0) test.mutate(form.values);
  }
  const error = save.error ?? test.error;
  const slugs = new Set([...form.values.pipelines, ...(pipelines.data?.data.map(({ slug }) => slug) ?? [])]);
  return (
    <Dialog onClose={onClose} title={saved ? `Edit ${saved.name}` : "Add channel"} size="lg">
      <form onSubmit={form.onSubmit((values) => save.mutate(values))} noValidate>
        <Stack gap="sm">
          {saved ? null : (
            <SegmentedControl fullWidth aria-label="Kind" data={KINDS} {...form.getInputProps("kind")} />
          )}
          <TextInput label="Name" data-autofocus spellCheck={false} {...form.getInputProps("name")} />
          {kind === "email" ? (
            <MailFields form={form} saved={saved} />
          ) : (
            <WebFields form={form} saved={saved} />
          )}
          {kind === "openlineage" ? null : (
            <Checkbox.Group label="Told of" {...form.getInputProps("topics")}>
              <Stack gap={6} mt={6}>
                {TOPICS.map(([topic, [name, when]]) => (
                  <Checkbox key={topic} value={topic} label={name} description={when} />
                ))}
              </Stack>
            </Checkbox.Group>
          )}
          <MultiSelect
            label="Only these pipelines"
            placeholder={form.values.pipelines.length === 0 ? "All" : ""}
            data={[...slugs]}
            searchable
            clearable
            {...form.getInputProps("pipelines")}
          />
          {kind === "openlineage" ? null : (
            <Text fz="xs" c="dimmed">
              The same problem of a pipeline is told at once, then after 1, 2, 4 … hours, and at most once a
              day.
            </Text>
          )}
          <ChannelResult kind={kind} test={test.data} pending={test.isPending} />
          {error && Object.keys(fieldErrors(error)).length === 0 ? (
            <ErrorState
              error={error}
              title={save.error ? "The channel was not saved" : "The test did not run"}
            />
          ) : null}
          <Group justify="space-between" mt="xs">
            <Button variant="default" onClick={tryIt} loading={test.isPending}>
              Send a test
            </Button>
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button type="submit" loading={save.isPending}>
                {saved ? "Save" : "Add channel"}
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
