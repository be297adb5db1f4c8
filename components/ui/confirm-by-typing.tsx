"use client";
import { Button, Code, Stack, Text, TextInput } from "@mantine/core";
import { type FormEvent, type ReactNode, useState } from "react";
import { Dialog } from "./dialog.tsx";
import { DialogActions } from "./dialog-actions.tsx";
import { ErrorState } from "./error-state.tsx";

/** Asks for the name of what is about to go: the guard before anything that cannot be taken back. */
export function ConfirmByTyping({
  title,
  name,
  verb,
  children,
  onConfirm,
  onClose,
}: {
  title: string;
  /** What has to be typed. */
  name: string;
  /** The button's word, as in "Delete". */
  verb: string;
  /** What will happen. */
  children: ReactNode;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
}) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();

  async function confirm(event: FormEvent) {
    event.preventDefault();
    if (typed !== name || busy) return;
    setBusy(true);
    setError(undefined);
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
      <form onSubmit={confirm}>
        <Stack gap="md">
          <Text component="div">{children}</Text>
          <TextInput
            label={
              <>
                Type <Code>{name}</Code> to confirm
              </>
            }
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          {error ? <ErrorState error={error} title="That did not work" /> : null}
          <DialogActions onClose={onClose}>
            <Button type="submit" color="red" disabled={typed !== name} loading={busy}>
              {verb}
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
