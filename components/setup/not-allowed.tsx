import { Alert, Text } from "@mantine/core";
import { IconLock } from "@tabler/icons-react";

/** What a reader sees where only engineers and administrators may do something, in the server's words. */
export function NotAllowed() {
  return (
    <Alert color="gray" variant="light" icon={<IconLock aria-hidden />} role="alert">
      <Text>You don't have permission. Contact your administrator.</Text>
      <Text fz="sm" c="dimmed">
        Connecting a source takes a data engineer or an administrator.
      </Text>
    </Alert>
  );
}
