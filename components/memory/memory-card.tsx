import { IconBrain, IconFile, IconFlag, IconMessages, IconPoint, IconRobot } from "@tabler/icons-react";
import Link from "next/link";
import type { MemoryCardFacts } from "./graph-of-memory.ts";
import classes from "./memory-card.module.css";

/** Size of a card, in pixels: the layout and the stylesheet agree on it. */
export const MEMORY_CARD = { width: 216, height: 64 };

const ICONS: Record<string, typeof IconBrain> = {
  memory: IconBrain,
  event: IconBrain,
  agent: IconRobot,
  session: IconMessages,
  artifact: IconFile,
  state: IconFlag,
};

/** One thing around a memory: what it is, its name and a line about it. */
export function MemoryCard({ card, current }: { card: MemoryCardFacts; current: boolean }) {
  const Icon = ICONS[card.type] ?? IconPoint;
  const inside = (
    <>
      <span className={classes.head}>
        <Icon size={15} stroke={1.7} aria-hidden />
        <span className={classes.name} title={card.id}>
          {card.name}
        </span>
      </span>
      <span className={classes.line}>{card.line || card.type}</span>
    </>
  );
  return card.href && !current ? (
    <Link href={card.href} className={`${classes.card} nopan`} data-type={card.type}>
      {inside}
    </Link>
  ) : (
    <div className={`${classes.card} nopan`} data-type={card.type} data-current={current || undefined}>
      {inside}
    </div>
  );
}
