"use client";
import { Anchor, Text } from "@mantine/core";
import Link from "next/link";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { Memory, MemoryDetail } from "#lib/memory/schema.ts";
import classes from "./detail.module.css";
import { memoryPath } from "./latest.tsx";

/** What was said before and after it in its session, oldest first, it among them. */
export default function Conversation({ detail: { memory, neighbours } }: { detail: MemoryDetail }) {
  const all = [...neighbours.filter(({ memory_id }) => memory_id !== memory.memory_id), memory].sort(
    (one, other) => one.lsn - other.lsn,
  );
  if (!memory.session_id)
    return <Text c="dimmed">Its event named no session, so nothing stands before or after it.</Text>;
  return (
    <>
      <ol className={classes.turns}>
        {all.map((one) => (
          <Turn key={one.memory_id} memory={one} current={one.memory_id === memory.memory_id} />
        ))}
      </ol>
      <Anchor
        component={Link}
        href={`/memory?tab=tail&session=${encodeURIComponent(memory.session_id)}`}
        fz="sm"
      >
        The whole session in the log
      </Anchor>
    </>
  );
}

function Turn({ memory, current }: { memory: Memory; current: boolean }) {
  const text = memory.content.trim().slice(0, 600) || memory.memory_id;
  return (
    <li className={classes.turn} data-current={current || undefined} aria-current={current || undefined}>
      <p className={classes.turnHead}>
        <span>{memory.agent_id || "No agent"}</span>
        <RelativeTime at={memory.valid_from} />
        <span>LSN {memory.lsn}</span>
        {current ? <span>This memory</span> : null}
      </p>
      {current ? (
        <p className={classes.turnText}>{text}</p>
      ) : (
        <Link href={memoryPath(memory.memory_id)} className={classes.turnText}>
          {text}
        </Link>
      )}
    </li>
  );
}
