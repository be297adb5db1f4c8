"use client";
import { Button, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";

const WORDS = {
  "start over": { title: "Start over?", verb: "Start over", back: "Go on here" },
  cancel: { title: "Cancel this conversation?", verb: "Cancel it", back: "Go on here" },
};

/** Asks before what was entered is forgotten. */
export function ConfirmForget({
  what,
  onConfirm,
  onClose,
}: {
  what: "start over" | "cancel";
  onConfirm: () => Promise<void>;
  onClose: () => void;
}) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const { title, verb, back } = WORDS[what];
  async function confirm() {
    setBusy(true);
    try {
      await onConfirm();
      onClose();
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  }
  return (
    <Dialog onClose={onClose} title={title}>
      <Stack gap="md">
        <Text>What you entered is forgotten, passwords and keys too. Nothing has been saved yet.</Text>
        {error ? <ErrorState error={error} title="That did not work" /> : null}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose} data-autofocus>
            {back}
          </Button>
          <Button color="red" loading={busy} onClick={() => void confirm()}>
            {verb}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
