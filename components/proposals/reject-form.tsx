"use client";
import { Button, Group, Stack, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";

/** Why a proposal is rejected. The reason is shown to the assistant next time, so it has to be there. */
export function RejectForm(props: {
  pending: boolean;
  onReject: (reason: string) => void;
  onCancel: () => void;
}) {
  const [reason, setReason] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason.trim()) props.onReject(reason.trim());
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Textarea
          label="What is wrong with it?"
          description="Kept with the proposal, and shown to the assistant next time"
          placeholder="Wrong target table"
          size="xs"
          autosize
          minRows={2}
          maxLength={2000}
          data-autofocus
          autoFocus
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Group gap="xs">
          <Button size="xs" type="submit" color="red" disabled={!reason.trim()} loading={props.pending}>
            Reject
          </Button>
          <Button size="xs" variant="subtle" color="gray" onClick={props.onCancel}>
            Back
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
