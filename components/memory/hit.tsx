"use client";
import { Badge, Text, VisuallyHidden } from "@mantine/core";
import Link from "next/link";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { QueryHit } from "#lib/memory/schema.ts";
import { Highlighted } from "./highlighted.tsx";
import { memoryPath } from "./latest.tsx";
import classes from "./memory.module.css";

/** One memory that was found: its words, why it is one, and who said it when. */
export function Hit({ hit, best, query }: { hit: QueryHit; best: number; query: string }) {
  const share = best > 0 ? Math.round((hit.score / best) * 100) : 0;
  return (
    <li className={classes.hit}>
      <div className={classes.score} title={`Score ${hit.score.toPrecision(3)}`}>
        <VisuallyHidden>{share} % of the best score</VisuallyHidden>
        <span style={{ height: `${Math.max(share, 4)}%` }} />
      </div>
      <div className={classes.hitBody}>
        <Link href={memoryPath(hit.object_id)} className={classes.hitLink}>
          {hit.text.trim() ? (
            <Highlighted text={hit.text} query={query} />
          ) : (
            <Text component="span" inherit c="dimmed">
              {hit.object_id}, without text
            </Text>
          )}
        </Link>
        {hit.why.length > 0 ? (
          <p className={classes.why}>
            <span>Why this:</span> {hit.why.join("; ")}
          </p>
        ) : null}
        <p className={classes.meta}>
          <Badge size="sm" color="gray">
            {hit.object_type === "memory" ? hit.memory_type : hit.object_type}
          </Badge>
          {hit.agent_id ? <span>{hit.agent_id}</span> : null}
          {hit.session_id ? <span>{hit.session_id}</span> : null}
          <RelativeTime at={hit.event_time} />
          <span>LSN {hit.lsn}</span>
        </p>
      </div>
    </li>
  );
}
