"use client";
import { Alert, Button, Code, Group, Stack, Text, Title } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { CopyButton } from "./copy-button.tsx";
import { PageBody } from "./page-body.tsx";

/** A page that could not be drawn. `digest` is the number under which the server logged it. */
export function Broken({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <PageBody width="narrow">
      <Title order={1}>This page could not be shown</Title>
      <Alert color="red" icon={<IconAlertTriangle />} role="alert">
        <Stack gap="sm" align="flex-start">
          <Text>
            Nothing was changed. Try again; if it happens again, send the number below to whoever runs this
            installation.
          </Text>
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={retry}>
              Try again
            </Button>
            {error.digest ? (
              <Group gap={4}>
                <Text fz="xs">Error</Text>
                <Code>{error.digest}</Code>
                <CopyButton value={error.digest} label="Copy error number" />
              </Group>
            ) : null}
          </Group>
        </Stack>
      </Alert>
    </PageBody>
  );
}
