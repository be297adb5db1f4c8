"use client";
import { Stack, Text, TextInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ConfirmByTyping } from "#components/ui/confirm-by-typing.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { notifyDone } from "#components/ui/notify.ts";
import { forgetMemory, penstock } from "./queries.ts";

/** What is to be erased: one memory, or everything of an agent or of a session. */
export type ErasureTarget = { kind: "memory" | "agent" | "session"; id: string };

const TITLES = {
  memory: "Erase this memory",
  agent: "Erase everything of this agent",
  session: "Erase everything of this session",
};

const WHAT = {
  memory: "its text, the event it came from and everything derived from them",
  agent: "every event that this agent wrote, its memories and everything derived from them",
  session: "every event of this session, its memories and everything derived from them",
};

/** Asks for the id and a reason, then erases. It cannot be taken back. */
export default function EraseDialog({
  target: { kind, id },
  onClose,
  onErased,
}: {
  target: ErasureTarget;
  onClose: () => void;
  onErased?: () => void;
}) {
  const client = useQueryClient();
  const [reason, setReason] = useState("");
  async function erase() {
    const { events } = await penstock.erase[kind](id, reason.trim() || undefined);
    notifyDone(`${formatNumber(events)} ${events === 1 ? "event was" : "events were"} erased`);
    onErased?.();
    await forgetMemory(client);
  }
  return (
    <ConfirmByTyping title={TITLES[kind]} name={id} verb="Erase" onConfirm={erase} onClose={onClose}>
      <Stack gap="sm">
        <Text>
          This erases {WHAT[kind]}, from the log too. A tombstone with its LSN and your reason stays. It
          cannot be undone; backups made before keep the text until they expire.
        </Text>
        <TextInput
          label="Reason"
          description="Kept on the tombstone and in the audit log. Leave out what is being erased."
          placeholder="Erased on request"
          value={reason}
          onChange={(event) => setReason(event.currentTarget.value)}
          maxLength={500}
          autoComplete="off"
        />
      </Stack>
    </ConfirmByTyping>
  );
}
