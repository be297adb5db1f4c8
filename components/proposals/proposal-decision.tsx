"use client";
import { Button, Group, Tooltip } from "@mantine/core";
import { useState } from "react";
import { RejectForm } from "./reject-form.tsx";
import type { useProposalActions } from "./use-proposal-actions.ts";

/** Apply, Show full IR, Reject with a reason: always in reach at the foot of the card. */
export function ProposalDecision(props: {
  actions: ReturnType<typeof useProposalActions>;
  ticked: number;
  of: number;
  mayDecide: boolean;
  onWhole: () => void;
}) {
  const { actions, ticked, of, mayDecide, onWhole } = props;
  const [rejecting, setRejecting] = useState(false);
  if (rejecting)
    return (
      <RejectForm
        pending={actions.reject.isPending}
        onReject={(reason) => actions.reject.mutate(reason)}
        onCancel={() => setRejecting(false)}
      />
    );
  return (
    <Group gap="xs">
      {mayDecide && (
        <Tooltip label={ticked === 0 ? "Tick at least one change" : "⌘/Ctrl + Enter"}>
          <Button
            size="xs"
            data-apply
            loading={actions.apply.isPending}
            disabled={ticked === 0}
            onClick={() => actions.apply.mutate()}
          >
            {ticked === of ? "Apply" : `Apply ${ticked} of ${of}`}
          </Button>
        </Tooltip>
      )}
      <Button size="xs" variant="default" onClick={onWhole}>
        Show full IR
      </Button>
      {mayDecide && (
        <Button size="xs" variant="subtle" color="gray" onClick={() => setRejecting(true)}>
          Reject
        </Button>
      )}
    </Group>
  );
}
