"use client";
import {
  Alert,
  Badge,
  Button,
  Checkbox,
  Group,
  Select,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconAlertTriangle, IconArrowBackUp } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { DialogActions } from "#components/ui/dialog-actions.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { fieldErrors } from "#lib/client/index.ts";
import type { QuarantinedRow } from "#lib/runtime/schema.ts";
import classes from "./quarantine.module.css";
import { editQuarantined, replayQuarantined } from "./queries.ts";
import {
  fieldsOf,
  formOf,
  keepsEmpty,
  type RowField,
  sameValue,
  textOf,
  typedValue,
  type Value,
} from "./run-quarantine-values.ts";

/** One rejected row as a form, the field that broke the rule first. Every change can be taken back by itself. */
export function QuarantineForm({
  runId,
  row,
  onClose,
}: {
  runId: string;
  row: QuarantinedRow;
  onClose: () => void;
}) {
  const client = useQueryClient();
  const narrow = useMediaQuery("(max-width: 48em)") ?? false;
  const fields = fieldsOf(row);
  const [values, setValues] = useState(() => new Map(fields.map(({ name, value }) => [name, value])));
  const set = (name: string, value: Value) => setValues((all) => new Map(all).set(name, value));
  const changed = fields.filter(({ name, value }) => !sameValue(values.get(name) ?? null, value));
  const save = useMutation({
    mutationFn: async (replay: boolean) => {
      const fieldsChanged = Object.fromEntries(changed.map(({ name }) => [name, values.get(name) ?? null]));
      if (changed.length > 0) await editQuarantined(runId, row.id, fieldsChanged);
      if (replay) await replayQuarantined(runId, [row.id]);
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ["runs"] });
      onClose();
    },
  });
  const errors = fieldErrors(save.error);
  const other = save.isError && Object.keys(errors).length === 0;
  return (
    <Dialog
      onClose={onClose}
      title={row.rowNumber === null ? "Edit the row" : `Edit row ${row.rowNumber.toLocaleString("en-US")}`}
      size="lg"
      fullScreen={narrow}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(false);
        }}
      >
        <Stack gap="sm">
          <Text fz="sm" c="dimmed">
            As it stood at <code>{row.nodeId}</code>, which rejected it. Its rules are asked again when it is
            replayed.
          </Text>
          {!fields.some(({ failed }) => failed) && (
            <Alert color="yellow" icon={<IconAlertTriangle aria-hidden />}>
              {row.reason} ({row.rule})
            </Alert>
          )}
          {fields.map((field, at) => (
            <Field
              key={field.name}
              field={field}
              value={values.get(field.name) ?? null}
              first={at === 0}
              error={errors[`row.${field.name}`]}
              onChange={(value) => set(field.name, value)}
            />
          ))}
          {other && <ErrorState title="The row was not saved" error={save.error} />}
          <DialogActions onClose={onClose}>
            <Button
              variant="default"
              type="submit"
              disabled={changed.length === 0}
              loading={save.isPending && !save.variables}
            >
              Save
            </Button>
            <Button loading={save.isPending && save.variables} onClick={() => save.mutate(true)}>
              {changed.length > 0 ? "Save and replay" : "Replay"}
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}

type FieldProps = {
  field: RowField;
  value: Value;
  first: boolean;
  error: string | undefined;
  onChange: (value: Value) => void;
};

function Field({ field, value, first, error, onChange }: FieldProps) {
  const { name, type, failed, original } = field;
  const differs = !sameValue(value, original);
  const props = {
    label: name,
    description: failed ? `${failed.reason} (${failed.rule})` : type,
    error,
    "data-autofocus": first || undefined,
    "aria-invalid": Boolean(failed && !differs) || Boolean(error),
  };
  return (
    <div className={classes.edited} data-failed={failed ? true : undefined}>
      <Input {...props} type={type} value={value} onChange={onChange} />
      <Group gap="xs" mt={4} mih={22}>
        {failed && (
          <Badge size="xs" color="red" leftSection={<IconAlertTriangle size={10} aria-hidden />}>
            Failed
          </Badge>
        )}
        {(keepsEmpty(type) || type === "json") && (
          <Checkbox
            size="xs"
            label="No value (NULL)"
            aria-label={`No value in ${name}`}
            checked={value === null}
            onChange={({ currentTarget }) => onChange(currentTarget.checked ? null : "")}
          />
        )}
        {differs && (
          <Button
            size="compact-xs"
            variant="subtle"
            leftSection={<IconArrowBackUp size={12} aria-hidden />}
            aria-label={`Undo the change of ${name}`}
            onClick={() => onChange(original)}
          >
            Undo: it was {original === null ? "empty" : `“${textOf(original).slice(0, 40)}”`}
          </Button>
        )}
      </Group>
    </div>
  );
}

type InputProps = {
  label: string;
  description: string;
  error: string | undefined;
  "data-autofocus": true | undefined;
  "aria-invalid": boolean;
  type: string;
  value: Value;
  onChange: (value: Value) => void;
};

function Input({ type, value, onChange, ...props }: InputProps) {
  const text = textOf(value);
  if (type === "boolean" && ["", "true", "false"].includes(text))
    return (
      <Select
        {...props}
        data={["true", "false"]}
        clearable
        value={text || null}
        onChange={(chosen: string | null) => onChange(chosen)}
      />
    );
  if (type === "json" || text.length > 80 || text.includes("\n"))
    return (
      <Textarea
        {...props}
        autosize
        maxRows={8}
        value={text}
        onChange={({ currentTarget }) =>
          onChange(typedValue(currentTarget.value, type === "json" ? "string" : type))
        }
        onBlur={() => type === "json" && value !== null && onChange(typedValue(text, type))}
      />
    );
  return (
    <TextInput
      {...props}
      {...formOf(type)}
      value={text}
      onChange={({ currentTarget }) => onChange(typedValue(currentTarget.value, type))}
    />
  );
}
