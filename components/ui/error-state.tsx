"use client";
import { Alert, Box, Button, Code, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { isApiError } from "#lib/client/index.ts";
import { CopyButton } from "./copy-button.tsx";

/** What failed, in the server's words, the request's id to quote, and a way to try again. */
export function ErrorState({
  error,
  title = "This could not be loaded",
  onRetry,
}: {
  error: unknown;
  title?: string;
  onRetry?: () => void;
}) {
  const detail = error instanceof Error ? error.message : String(error);
  const requestId = isApiError(error) ? error.requestId : undefined;
  const issues = isApiError(error) ? error.issues : [];
  return (
    <Alert color="red" variant="light" icon={<IconAlertTriangle />} title={title} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text>{detail}</Text>
        {issues.length > 0 ? (
          <Box component="ul" fz="sm" m={0} pl="md">
            {issues.map((issue) => (
              <li key={`${issue.path}${issue.code}`}>
                {issue.path ? <Code>{issue.path}</Code> : null} {issue.message} {issue.hint}
              </li>
            ))}
          </Box>
        ) : null}
        <Group gap="xs">
          {onRetry ? (
            <Button size="xs" variant="default" onClick={onRetry}>
              Try again
            </Button>
          ) : null}
          {requestId ? (
            <Group gap={4} wrap="nowrap" miw={0}>
              <Text fz="xs">Request</Text>
              <Code style={{ overflowWrap: "anywhere" }}>{requestId}</Code>
              <CopyButton value={requestId} label="Copy request id" />
            </Group>
          ) : null}
        </Group>
      </Stack>
    </Alert>
  );
}
