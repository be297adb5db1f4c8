"use client";
import { SimpleGrid } from "@mantine/core";
import type { ClipboardEvent } from "react";
import type { ConnectorField } from "#lib/connectors/schema.ts";
import type { SourceFields } from "#lib/sources/schema.ts";
import { FieldInput } from "./field-input.tsx";
import { type Drafts, shownValue } from "./field-values.ts";
import { readUrl } from "./read-url.ts";

/**
 * Fields of a connector to type into. What is typed goes to `onDrafts` and is kept nowhere else; a connection URL that
 * is pasted into any of them fills all that it tells.
 */
export function ConnectorFields({
  connector,
  fields,
  required,
  drafts,
  config,
  held,
  errors,
  columns = 2,
  onDrafts,
}: {
  connector: string;
  fields: readonly ConnectorField[];
  /** Names of the fields that have to be given. */
  required: ReadonlySet<string>;
  drafts: Drafts;
  config: SourceFields;
  /** Secrets that the server has: they need not be typed again. */
  held: readonly string[];
  errors: Record<string, string>;
  columns?: 1 | 2;
  onDrafts: (changes: Drafts) => void;
}) {
  function paste(event: ClipboardEvent) {
    const told = readUrl(connector, event.clipboardData.getData("text"));
    if (!told) return;
    event.preventDefault();
    onDrafts(told);
  }
  return (
    <SimpleGrid cols={{ base: 1, xs: columns }} spacing="sm" verticalSpacing="sm" onPaste={paste}>
      {fields.map((field) => (
        <FieldInput
          key={field.name}
          field={field}
          required={required.has(field.name)}
          held={held.includes(field.name)}
          value={shownValue(field, drafts, config)}
          error={errors[field.name]}
          onChange={(value) => onDrafts({ [field.name]: value })}
        />
      ))}
    </SimpleGrid>
  );
}
