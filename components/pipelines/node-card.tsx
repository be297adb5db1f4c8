import { UnstyledButton, VisuallyHidden } from "@mantine/core";
import type { IrNode } from "#lib/ir/schema.ts";
import { KindIcon } from "./kind-icon.tsx";
import { MarkIcon, type NodeMark } from "./mark-icon.tsx";
import classes from "./node-card.module.css";
import { KIND_LABELS, keyLine } from "./node-facts.ts";

/** Size of a card, in pixels: the layout and the stylesheet agree on it. */
export const CARD = { width: 236, height: 92 };

/** What the last run said about a node. */
export type NodeStep = { status: string; rowsIn: number; rowsOut: number; rowsRejected: number };

const MARK_WORDS: Record<NodeMark, string> = { added: "Added", changed: "Changed", removed: "Removed" };

const count = (n: number) => n.toLocaleString("en-US");

/** One node as a card: kind, id, key line, and the last run's rows. */
export function NodeCard(props: {
  node: IrNode;
  step?: NodeStep;
  mark?: NodeMark;
  selected: boolean;
  /** The columns by which a way that is lit up passes here. */
  lit?: string;
  onSelect?: (id: string) => void;
}) {
  const { node, step, mark, selected, lit, onSelect } = props;
  return (
    <UnstyledButton
      className={`${classes.card} nopan`}
      data-kind={node.kind}
      data-status={step?.status}
      data-mark={mark}
      data-selected={selected || undefined}
      data-lit={lit === undefined ? undefined : true}
      aria-pressed={selected}
      onClick={() => onSelect?.(node.id)}
    >
      <span className={classes.head}>
        <span className={classes.icon}>
          <KindIcon kind={node.kind} />
        </span>
        <span className={classes.id}>{node.id}</span>
        {mark ? (
          <span className={classes.mark}>
            <MarkIcon mark={mark} />
            {MARK_WORDS[mark]}
          </span>
        ) : (
          <span className={classes.kind}>{KIND_LABELS[node.kind]}</span>
        )}
      </span>
      {lit === undefined ? (
        <span className={classes.line}>{keyLine(node)}</span>
      ) : (
        <span className={`${classes.line} ${classes.lit}`}>
          <VisuallyHidden>The column passes here as </VisuallyHidden>
          {lit}
        </span>
      )}
      <span className={classes.rows}>
        {step ? (
          <>
            <VisuallyHidden>{step.status}</VisuallyHidden>
            {node.kind !== "source" && <span>{count(step.rowsIn)} in</span>}
            <span>{count(step.rowsOut)} out</span>
            {step.rowsRejected > 0 && (
              <span className={classes.rejected}>{count(step.rowsRejected)} rejected</span>
            )}
          </>
        ) : (
          <span>{mark ? KIND_LABELS[node.kind] : "Not run yet"}</span>
        )}
      </span>
    </UnstyledButton>
  );
}
