"use client";
import { Anchor, Collapse, Stack, Text } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import Link from "next/link";
import { useId, useState } from "react";
import { useSession } from "#components/shell/session.tsx";
import type { Told } from "#lib/proposals/schema.ts";
import classes from "./assistant-panel.module.css";
import { revealProposal } from "./show-proposal.ts";
import { toldWords } from "./told-words.ts";

/** More than this are folded. */
const UNFOLDED = 2;

/**
 * Which earlier decisions an answer took into account, each leading to its proposal or run; where the built-in
 * assistant answered, which looks at none, they are a reminder. They are folded where they are many, and where the
 * answer changes nothing that they could be the reason for.
 */
export function ToldDecisions(props: {
  chatKey: string;
  told: readonly Told[];
  changes: boolean;
  because: boolean;
}) {
  const { chatKey, told, changes, because } = props;
  const id = useId();
  const [opened, setOpened] = useState(false);
  const lines = (some: readonly Told[]) => (
    <Stack component="ul" gap={4} className={classes.toldList}>
      {some.map((one) => (
        <ToldLine key={`${one.proposalId}${one.runId}`} chatKey={chatKey} told={one} because={because} />
      ))}
    </Stack>
  );
  if (told.length <= UNFOLDED && changes)
    return (
      <section aria-label="Earlier decisions" className={classes.told}>
        {lines(told)}
      </section>
    );
  return (
    <section aria-label="Earlier decisions" className={classes.told}>
      <Anchor
        component="button"
        type="button"
        fz="xs"
        aria-expanded={opened}
        aria-controls={id}
        onClick={() => setOpened(!opened)}
      >
        {told.length === 1 ? "1 earlier decision" : `${told.length} earlier decisions`}{" "}
        {because ? "taken into account" : "about this"}
      </Anchor>
      <Collapse id={id} expanded={opened} mt={4}>
        {lines(told)}
      </Collapse>
    </section>
  );
}

function ToldLine({ chatKey, told, because }: { chatKey: string; told: Told; because: boolean }) {
  const { user } = useSession();
  const { before, about, after } = toldWords(told, user, new Date(), because);
  const { proposalId, runId } = told;
  return (
    <li className={classes.toldLine}>
      <IconHistory size={13} aria-hidden className={classes.toldIcon} />
      <Text fz="xs" span>
        {before}{" "}
        {runId ? (
          <Anchor
            component={Link}
            inherit
            underline="always"
            href={`/data/runs/${encodeURIComponent(runId)}`}
          >
            {about}
          </Anchor>
        ) : proposalId ? (
          <Anchor
            inherit
            underline="always"
            href={`?proposal=${encodeURIComponent(proposalId)}`}
            onClick={(event) => {
              event.preventDefault();
              void revealProposal(chatKey, proposalId);
            }}
          >
            {about}
          </Anchor>
        ) : (
          about
        )}{" "}
        {after}
      </Text>
    </li>
  );
}
