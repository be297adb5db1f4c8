"use client";
import { Group, Modal, SegmentedControl, Stack, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { afterTicks } from "./after-ticks.ts";
import type { OpenProposal } from "./conversation.ts";
import ProposalDiff from "./proposal-diff.tsx";
import { proposalQuery } from "./queries.ts";

/** The whole document that the proposal would make, beside what it was. */
export default function FullIr(props: {
  proposal: OpenProposal;
  ticked: readonly string[];
  onClose: () => void;
}) {
  // Known at once: what the diff begins with hangs on it.
  const narrow = useMediaQuery("(max-width: 62em)", false, { getInitialValueInEffect: false });
  const [split, setSplit] = useState(!narrow);
  const { data } = useQuery(proposalQuery(props.proposal.id));
  const after = data && afterTicks(data.baseIr ?? undefined, props.proposal, props.ticked);
  return (
    <Modal
      opened
      onClose={props.onClose}
      size="min(1280px, 96vw)"
      fullScreen={narrow}
      title="Full IR of the proposal"
      closeButtonProps={{ "aria-label": "Close" }}
    >
      <Stack gap="sm">
        <Group justify="space-between">
          <Text fz="sm" c="dimmed">
            With the ticked changes; keys in one fixed order, so that only real changes show.
          </Text>
          <Group gap="xs">
            <SegmentedControl
              size="xs"
              aria-label="Layout of the diff"
              value={split ? "split" : "unified"}
              onChange={(value) => setSplit(value === "split")}
              data={[
                { value: "split", label: "Side by side" },
                { value: "unified", label: "One column" },
              ]}
            />
            {after && <CopyButton value={JSON.stringify(after, null, 2)} label="Copy the IR" />}
          </Group>
        </Group>
        <ProposalDiff proposal={props.proposal} ticked={props.ticked} split={split} whole />
      </Stack>
    </Modal>
  );
}
