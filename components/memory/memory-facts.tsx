"use client";
import { Anchor, Paper } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";
import { CopyButton } from "#components/ui/copy-button.tsx";
import { RelativeTime } from "#components/ui/relative-time.tsx";
import type { MemoryDetail } from "#lib/memory/schema.ts";
import classes from "./detail.module.css";
import { visibilityWords } from "./visibility-words.ts";

/** What is known about a memory beside its words; what was not given is left out. */
export function MemoryFacts({ detail: { memory, artifacts } }: { detail: MemoryDetail }) {
  const facts: [string, ReactNode][] = [
    ["Type", memory.memory_type],
    ["Agent", memory.agent_id && <Narrowed by="agent" id={memory.agent_id} />],
    ["Session", memory.session_id && <Narrowed by="session" id={memory.session_id} />],
    ["Workspace", memory.workspace_id],
    ["Seen by", visibilityWords(memory.visibility)],
    ["Visible from", memory.visible_time && <RelativeTime at={memory.visible_time} />],
    ["Since", <RelativeTime key="since" at={memory.valid_from} />],
    ["Until", memory.valid_to && <RelativeTime at={memory.valid_to} />],
    ["Importance", String(memory.importance)],
    ["Confidence", String(memory.confidence)],
    ["Event", memory.provenance_ref && <Copied id={memory.provenance_ref} label="Copy event id" />],
    [
      "LSN",
      <Anchor
        key="lsn"
        component={Link}
        fz="sm"
        href={`/memory?tab=tail&lsn=${memory.lsn}&open=${memory.lsn}`}
      >
        {memory.lsn}
      </Anchor>,
    ],
    ...artifacts.map(({ artifact_id, uri }): [string, ReactNode] => [
      "Points to",
      <Copied key={artifact_id} id={uri} label="Copy the address" />,
    ]),
  ];
  return (
    <Paper p="md" component="section" aria-label="Facts">
      <dl className={classes.facts}>
        {facts
          .filter(([, value]) => value)
          .map(([name, value], at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: names may repeat, the list does not move
            <div key={`${name} ${at}`}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </Paper>
  );
}

function Narrowed({ by, id }: { by: "agent" | "session"; id: string }) {
  return (
    <Anchor component={Link} fz="sm" href={`/memory?${by}=${encodeURIComponent(id)}`}>
      {id}
    </Anchor>
  );
}

function Copied({ id, label }: { id: string; label: string }) {
  return (
    <span className={classes.copied}>
      <span>{id}</span>
      <CopyButton value={id} label={label} />
    </span>
  );
}
