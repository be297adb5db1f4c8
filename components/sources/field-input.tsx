"use client";
import { Checkbox, NativeSelect, PasswordInput, Textarea, TextInput } from "@mantine/core";
import type { ConnectorField } from "#lib/connectors/schema.ts";
import classes from "./field-input.module.css";

/** One field of a connector as the input that its kind asks for. Secrets are masked, several lines of them too. */
export function FieldInput({
  field,
  required,
  held,
  value,
  error,
  onChange,
}: {
  field: ConnectorField;
  required: boolean;
  /** A secret that the server has. */
  held: boolean;
  value: string | boolean;
  error: string | undefined;
  onChange: (value: string | boolean) => void;
}) {
  const { name, title, description, kind, secret, multiline } = field;
  const placeholder = held ? "Entered; type to replace it" : field.placeholder;
  const shared = {
    name,
    label: title,
    description,
    error,
    // Masked inputs do not say it by themselves.
    ...(error && { "aria-invalid": true }),
    ...(required && { withAsterisk: true, "aria-required": true }),
  };
  const typed = {
    ...shared,
    value: String(value),
    placeholder,
    autoComplete: "off",
    autoCapitalize: "off",
    spellCheck: false,
    // Password managers that overlook `autocomplete`.
    "data-1p-ignore": true,
    "data-lpignore": "true",
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
  };
  if (kind === "boolean")
    return (
      <Checkbox
        {...shared}
        mt={4}
        checked={value === true}
        onChange={(event) => onChange(event.currentTarget.checked)}
      />
    );
  if (kind === "choice")
    return (
      <NativeSelect
        {...shared}
        value={String(value)}
        data={[
          ...(field.default === undefined ? [{ value: "", label: "Not set" }] : []),
          ...(field.choices ?? []).map((choice) => ({ value: choice, label: choice })),
        ]}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  if (multiline)
    return (
      <Textarea
        {...typed}
        autosize
        minRows={2}
        maxRows={8}
        classNames={{ root: classes.wide, input: secret ? classes.masked : classes.mono }}
      />
    );
  if (secret) return <PasswordInput {...typed} />;
  return <TextInput {...typed} {...(kind === "integer" && { inputMode: "numeric" as const })} />;
}

/** Puts the caret into the field with that name under `root`. */
export function focusField(root: HTMLElement | null, name: string): void {
  const inputs = [...(root?.querySelectorAll<HTMLElement>("input, textarea, select") ?? [])];
  inputs.find((input) => input.getAttribute("name") === name)?.focus();
}
