"use client";
import { Button, Code, Group, List, Paper, Stack, Text, ThemeIcon, Title } from "@mantine/core";
import { IconPlugConnected, IconSparkles } from "@tabler/icons-react";
import Link from "next/link";
import { useCan } from "#components/shell/session.tsx";
import { CopyButton } from "#components/ui/copy-button.tsx";

/** The first message of the journey, word for word. */
export const FIRST_MESSAGE = "add a daily CSV ingestion of /tmp/orders.csv into starbucks.orders";

/** What to do in a workspace that has no pipeline yet. */
export function StartHere() {
  const may = useCan("proposals.create");
  return (
    <Paper p="xl">
      <Stack gap="md" align="flex-start">
        <Group gap="sm">
          <ThemeIcon variant="light" size="lg" radius="md">
            <IconSparkles size={18} />
          </ThemeIcon>
          <Title order={2}>Start here</Title>
        </Group>
        {may ? (
          <>
            <Text maw="62ch">
              Connect a database, a bucket or a folder of files by saying what you want: the connection is
              tested step by step, and a pipeline that loads it is made.
            </Text>
            <Button component={Link} href="/data/sources/new" leftSection={<IconPlugConnected size={18} />}>
              Connect a source
            </Button>
            <Text maw="62ch" mt="sm">
              Or describe your first pipeline in plain words. The assistant answers with a small change to
              review; nothing happens until you apply it.
            </Text>
            <Group gap={4} wrap="nowrap" maw="100%">
              <Code p={8}>{FIRST_MESSAGE}</Code>
              <CopyButton value={FIRST_MESSAGE} label="Copy the example" />
            </Group>
            <List type="ordered" size="sm" c="dimmed" spacing={2}>
              <List.Item>Put the path of a file of yours into the sentence and send it.</List.Item>
              <List.Item>Read the coloured diff, then apply it.</List.Item>
              <List.Item>Press “Run now” and watch the rows being counted into the table.</List.Item>
            </List>
            <Button
              component={Link}
              variant="default"
              href={`/data/pipelines?ask=${encodeURIComponent(FIRST_MESSAGE)}`}
            >
              Open the assistant with this example
            </Button>
          </>
        ) : (
          <Text maw="62ch">
            There is no pipeline in this tenant yet. You can read everything here; creating the first pipeline
            takes a data engineer or an administrator.
          </Text>
        )}
      </Stack>
    </Paper>
  );
}
