import { Group, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import classes from "./issue-text.module.css";

/** What was found in a document, and what to do about it. */
export function IssueText(props: {
  issue: { message: string; hint?: string | undefined };
  warning?: boolean;
  children?: React.ReactNode;
}) {
  const { issue, warning, children } = props;
  return (
    <Group gap={6} wrap="nowrap" align="flex-start" className={classes.issue}>
      {warning && <IconAlertTriangle size={14} aria-label="Warning" className={classes.warning} />}
      <div>
        <Text fz="sm">{issue.message}</Text>
        {issue.hint && (
          <Text fz="xs" c="dimmed">
            {issue.hint}
          </Text>
        )}
        {children}
      </div>
    </Group>
  );
}
