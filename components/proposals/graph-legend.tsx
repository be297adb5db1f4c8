import { Group, Text } from "@mantine/core";
import { MarkIcon, type NodeMark } from "#components/pipelines/mark-icon.tsx";
import classes from "./graph-legend.module.css";
import { countMarks } from "./graph-marks.ts";

const WORDS: Record<NodeMark, string> = { added: "added", changed: "changed", removed: "removed" };

/** What the colours of a proposal's graph say, and how many nodes carry each. */
export function GraphLegend({ marks }: { marks: Record<string, NodeMark> }) {
  const counts = countMarks(marks).filter(([, count]) => count > 0);
  if (counts.length === 0)
    return (
      <Text fz="xs" c="dimmed">
        No node changes
      </Text>
    );
  return (
    <Group component="ul" gap="md" className={classes.legend} aria-label="Legend">
      {counts.map(([mark, count]) => (
        <li key={mark} className={classes.entry} data-mark={mark}>
          <span className={classes.swatch}>
            <MarkIcon mark={mark} />
          </span>
          <Text fz="xs" span>
            {count} {WORDS[mark]}
          </Text>
        </li>
      ))}
    </Group>
  );
}
