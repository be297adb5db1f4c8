"use client";
import { Badge, Group, Stack, Text, Title } from "@mantine/core";
import { CopyButton } from "#components/ui/copy-button.tsx";
import classes from "./docs.module.css";
import { curlOf, type Entry, isPublic, type OpenApi } from "./openapi.ts";
import { Parameters, SchemaView } from "./schema-view.tsx";

/** Everything about one operation: who may call it, what it takes, what it answers, and how to try it. */
export function OperationView({
  document,
  entry,
  origin,
}: {
  document: OpenApi;
  entry: Entry;
  origin: string;
}) {
  const { operation } = entry;
  const parameters = operation.parameters ?? [];
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  const curl = curlOf(document, entry, origin);
  const permission = operation["x-permission"];
  return (
    <Stack gap="lg">
      <Group gap="xs">
        <Text fz="sm" c="dimmed">
          {isPublic(operation) ? "Anyone may call this." : "Session or API key."}
        </Text>
        {typeof permission === "string" ? (
          <Badge color="gray" ff="monospace">
            {permission}
          </Badge>
        ) : null}
      </Group>
      {operation.description ? <Text maw="75ch">{operation.description}</Text> : null}
      {parameters.length > 0 ? (
        <section>
          <Title order={4} mb={6}>
            Parameters
          </Title>
          <Parameters document={document} rows={parameters} />
        </section>
      ) : null}
      {body ? (
        <section>
          <Title order={4} mb={6}>
            Body
          </Title>
          <SchemaView document={document} schema={body} />
        </section>
      ) : null}
      <section>
        <Title order={4} mb={6}>
          Answers
        </Title>
        <Stack gap="sm">
          {Object.entries(operation.responses ?? {}).map(([status, response]) => {
            const schema = Object.values(response.content ?? {})[0]?.schema;
            return (
              <div key={status}>
                <Group gap="xs" mb={schema && status.startsWith("2") ? 4 : 0}>
                  <Badge color={status.startsWith("2") ? "green" : "gray"}>{status}</Badge>
                  <Text fz="sm">{response.description ?? ""}</Text>
                </Group>
                {schema && status.startsWith("2") ? <SchemaView document={document} schema={schema} /> : null}
              </div>
            );
          })}
        </Stack>
      </section>
      <section>
        <Group justify="space-between" mb={6}>
          <Title order={4}>Try it</Title>
          <CopyButton value={curl} label="Copy the command" />
        </Group>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
        <pre className={classes.curl} tabIndex={0}>
          {curl}
        </pre>
      </section>
    </Stack>
  );
}
