"use client";
import { Combobox, Group, Text, VisuallyHidden } from "@mantine/core";
import { IconColumns3, IconHistory, IconRoute, IconTable } from "@tabler/icons-react";
import { type RefObject, useEffect, useImperativeHandle, useState } from "react";
import type { PipelineIr } from "#lib/ir/schema.ts";
import classes from "./composer.module.css";
import { type Candidate, matching } from "./mentions.ts";
import { useMentionCandidates } from "./use-mention-candidates.ts";

/** How the box drives its menu: the focus stays in the box. */
export type MentionControls = {
  move: (by: 1 | -1) => void;
  /** Takes the active one. False if there is none: the key is not the menu's. */
  pick: () => boolean;
  /** The one whose name was typed out whole. */
  exact: (name: string) => Candidate | undefined;
};

export type MentionMenuProps = {
  id: string;
  query: string;
  pipelineId: string | undefined;
  proposed: PipelineIr | undefined;
  controls: RefObject<MentionControls | null>;
  onPick: (candidate: Candidate) => void;
  /** The id of the active option, for `aria-activedescendant`. */
  onActive: (option: string | undefined) => void;
};

const SHOWN = 50;
const ICONS = { node: IconRoute, column: IconColumns3, table: IconTable, run: IconHistory };

/** What can be pointed at, narrowed by what is typed behind the @. */
export default function MentionMenu(props: MentionMenuProps) {
  const { id, query, controls, onPick, onActive } = props;
  const { candidates, pending } = useMentionCandidates(props.pipelineId, props.proposed, true);
  const [place, setPlace] = useState({ query, index: 0 });
  const shown = matching(candidates, query, SHOWN);
  const index = place.query === query ? Math.min(place.index, shown.length - 1) : 0;
  const active = shown[index];
  const option = active ? `${id}-${index}` : undefined;

  useImperativeHandle(controls, () => ({
    move: (by) => setPlace({ query, index: (index + by + shown.length) % Math.max(shown.length, 1) }),
    pick: () => {
      if (active) onPick(active);
      return active !== undefined;
    },
    exact: (name) => candidates.find((one) => one.name === name),
  }));
  useEffect(() => {
    onActive(option);
    if (option) document.getElementById(option)?.scrollIntoView({ block: "nearest" });
    return () => onActive(undefined);
  }, [option, onActive]);

  return (
    <>
      <VisuallyHidden role="status">
        {pending ? "Loading" : shown.length === 1 ? "1 name" : `${shown.length} names`}
      </VisuallyHidden>
      {shown.length === 0 ? (
        <Combobox.Empty fz="xs">{pending ? "Loading" : `Nothing is called “${query}”`}</Combobox.Empty>
      ) : (
        <Combobox.Options
          id={id}
          aria-label="Nodes, columns, tables and runs"
          className={classes.names}
          // What scrolls has to be reachable; the focus itself stays in the box, also while its bar is dragged.
          tabIndex={0}
          onMouseDown={(event) => event.preventDefault()}
        >
          {shown.map((one, at) => (
            <Combobox.Option
              key={one.key}
              value={one.key}
              id={`${id}-${at}`}
              selected={at === index}
              aria-selected={at === index}
              className={classes.name}
              onClick={() => onPick(one)}
            >
              <NameLine candidate={one} />
            </Combobox.Option>
          ))}
        </Combobox.Options>
      )}
    </>
  );
}

function NameLine({ candidate }: { candidate: Candidate }) {
  const Icon = ICONS[candidate.kind];
  return (
    <Group gap={8} wrap="nowrap">
      <Icon size={14} aria-hidden className={classes.nameIcon} />
      <Text span fz="sm" className={classes.nameText}>
        {candidate.name}
      </Text>
      <Text span fz="xs" c="dimmed" truncate className={classes.nameDetail}>
        {[candidate.kind, candidate.detail].filter(Boolean).join(", ")}
      </Text>
    </Group>
  );
}
