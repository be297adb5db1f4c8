"use client";
import { Button, Group, Text } from "@mantine/core";
import { IconKey, IconLock, IconPencil } from "@tabler/icons-react";
import { useState } from "react";
import { useCan } from "#components/shell/session.tsx";
import { Section } from "#components/ui/section.tsx";
import { connectorSpecs, fieldsOf } from "#lib/connectors/schema.ts";
import type { Source } from "#lib/sources/schema.ts";
import { EditFields } from "./edit-fields.tsx";
import classes from "./sources.module.css";

/** How a source is reached: its fields, its secrets as "kept", and the ways to change them. */
export default function SourceFieldsSection({ source }: { source: Source }) {
  const may = useCan("sources.write");
  const [editing, setEditing] = useState<"fields" | "secrets">();
  const fields = fieldsOf(connectorSpecs[source.connector]);
  const known = fields.filter(({ name }) => source.config[name] !== undefined || source.held.includes(name));
  return (
    <Section
      title="Connection"
      actions={
        may ? (
          <>
            <Button
              variant="default"
              leftSection={<IconPencil size={15} aria-hidden />}
              onClick={() => setEditing("fields")}
            >
              Edit
            </Button>
            {fields.some(({ secret }) => secret) ? (
              <Button
                variant="default"
                leftSection={<IconKey size={15} aria-hidden />}
                onClick={() => setEditing("secrets")}
              >
                Rotate secrets
              </Button>
            ) : null}
          </>
        ) : undefined
      }
    >
      <dl className={classes.facts}>
        {known.map(({ name, title, secret, multiline }) => (
          <div key={name}>
            <dt>{title}</dt>
            <dd>
              {secret ? (
                <Group gap={5} wrap="nowrap" component="span" display="inline-flex">
                  <IconLock size={13} aria-hidden />
                  <Text component="span" fz="sm">
                    Kept encrypted
                  </Text>
                </Group>
              ) : multiline ? (
                "Given"
              ) : (
                String(source.config[name])
              )}
            </dd>
          </div>
        ))}
      </dl>
      {editing ? <EditFields source={source} what={editing} onClose={() => setEditing(undefined)} /> : null}
    </Section>
  );
}
