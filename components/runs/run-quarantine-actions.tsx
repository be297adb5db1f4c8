"use client";
import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { IconPlayerPlay } from "@tabler/icons-react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { DialogActions } from "#components/ui/dialog-actions.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatRows } from "#components/ui/format.ts";
import { notifyError } from "#components/ui/notify.ts";
import { discardQuarantined, replayQuarantined } from "./queries.ts";

/** What can be done with the selected rows; with none selected, with all that wait. */
export function QuarantineActions({
  runId,
  selected,
  waiting,
  onDone,
}: {
  runId: string;
  selected: string[];
  waiting: number;
  onDone: () => void;
}) {
  const client = useQueryClient();
  const [discarding, setDiscarding] = useState(false);
  const refresh = async () => {
    await client.invalidateQueries({ queryKey: ["runs"] });
    onDone();
  };
  const replay = useMutation({
    mutationFn: () => replayQuarantined(runId, selected.length > 0 ? selected : undefined),
    onSuccess: refresh,
    onError: (error) => notifyError("The rows were not replayed", error),
  });
  const some = selected.length > 0;
  return (
    <Group gap="xs">
      <Button
        size="xs"
        leftSection={<IconPlayerPlay size={14} aria-hidden />}
        disabled={!some && waiting === 0}
        loading={replay.isPending}
        onClick={() => replay.mutate()}
      >
        {some
          ? `Replay ${formatRows(selected.length)}`
          : waiting > 0
            ? `Replay ${waiting > 1 ? "all " : ""}${formatRows(waiting)}`
            : "Replay"}
      </Button>
      <Button size="xs" variant="default" disabled={!some} onClick={() => setDiscarding(true)}>
        {some ? `Discard ${formatRows(selected.length)}…` : "Discard…"}
      </Button>
      {discarding && (
        <Discard
          runId={runId}
          rowIds={selected}
          onClose={() => setDiscarding(false)}
          onDone={() => void refresh()}
        />
      )}
    </Group>
  );
}

function Discard({
  runId,
  rowIds,
  onClose,
  onDone,
}: {
  runId: string;
  rowIds: string[];
  onClose: () => void;
  onDone: () => void;
}) {
  const [reason, setReason] = useState("");
  const discard = useMutation({
    mutationFn: () => discardQuarantined(runId, rowIds, reason.trim() || undefined),
    onSuccess: () => {
      onClose();
      onDone();
    },
  });
  return (
    <Dialog onClose={onClose} title={`Discard ${formatRows(rowIds.length)}?`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          discard.mutate();
        }}
      >
        <Stack gap="sm">
          <Text fz="sm">
            They are not loaded, and stay here until they expire: until then it can be taken back.
          </Text>
          <Textarea
            label="Reason"
            description="It stands in the audit log"
            maxLength={500}
            autosize
            minRows={2}
            data-autofocus
            value={reason}
            onChange={({ currentTarget }) => setReason(currentTarget.value)}
          />
          {discard.isError && <ErrorState title="The rows were not discarded" error={discard.error} />}
          <DialogActions onClose={onClose}>
            <Button type="submit" color="red" loading={discard.isPending}>
              Discard {formatRows(rowIds.length)}
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
