"use client";
import { Checkbox, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconMinus, IconPencil, IconPlus } from "@tabler/icons-react";
import type { Change } from "#lib/ir/schema.ts";
import classes from "./change-list.module.css";
import { movesWith } from "./tick-changes.ts";

const OPS = {
  add: { Icon: IconPlus, word: "Add" },
  modify: { Icon: IconPencil, word: "Change" },
  remove: { Icon: IconMinus, word: "Remove" },
} as const;

/** The changes of a proposal, grouped by node, each with its own box; those that need each other move together. */
export function ChangeList(props: {
  changes: readonly Change[];
  ticked: readonly string[];
  /** Absent once the proposal is decided. */
  onToggle?: (id: string) => void;
}) {
  const { changes, ticked, onToggle } = props;
  return (
    <div className={classes.list}>
      {groups(changes).map(([name, list]) => (
        <fieldset key={name} className={classes.group}>
          <legend className={classes.legend}>{name}</legend>
          {list.map((change) => (
            <ChangeRow
              key={change.id}
              change={change}
              checked={ticked.includes(change.id)}
              together={labelsOf(changes, movesWith(changes, ticked, change.id))}
              {...(onToggle ? { onToggle } : {})}
            />
          ))}
        </fieldset>
      ))}
    </div>
  );
}

function ChangeRow(props: {
  change: Change;
  checked: boolean;
  together: string[];
  onToggle?: (id: string) => void;
}) {
  const { change, checked, together, onToggle } = props;
  const { Icon, word } = OPS[change.op];
  return (
    <div className={classes.row} data-op={change.op}>
      <Checkbox
        size="xs"
        checked={checked}
        disabled={!onToggle}
        onChange={() => onToggle?.(change.id)}
        data-change={change.id}
        classNames={{ body: classes.body ?? "", labelWrapper: classes.labelWrapper ?? "" }}
        label={
          <span className={classes.label}>
            <span className={classes.op}>
              <Icon size={13} stroke={2} aria-label={word} />
            </span>
            <span>{change.label}</span>
          </span>
        }
        description={
          onToggle && together.length > 0 ? `Moves together with: ${together.join("; ")}` : undefined
        }
      />
      {change.hook && (
        <Group gap={4} wrap="nowrap" className={classes.hook}>
          <IconAlertTriangle size={13} aria-hidden />
          <Text fz="xs" span>
            A hook runs SQL in the destination. Tick it yourself once you have read it.
          </Text>
        </Group>
      )}
    </div>
  );
}

function groups(changes: readonly Change[]): [string, Change[]][] {
  const map = new Map<string, Change[]>();
  for (const change of changes) {
    const name = change.nodeId ?? sectionName(change.section);
    map.set(name, [...(map.get(name) ?? []), change]);
  }
  return [...map];
}

const sectionName = (section: Change["section"]): string =>
  section === "errorHandling" ? "Error handling" : section === "schedule" ? "Schedule" : "Metadata";

const labelsOf = (changes: readonly Change[], ids: readonly string[]): string[] =>
  changes.filter((change) => ids.includes(change.id)).map((change) => change.label);
