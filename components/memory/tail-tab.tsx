"use client";
import { Button, Group, NumberInput, Stack } from "@mantine/core";
import dynamic from "next/dynamic";
import { type FormEvent, useMemo, useState } from "react";
import { useUrlState } from "#components/ui/use-url-state.ts";
import type { StoredEvent } from "#lib/ingest/schema.ts";
import { FilterText } from "./filter-text.tsx";
import { LiveTail } from "./live-tail.tsx";
import { LogFrom } from "./log-from.tsx";
import classes from "./memory.module.css";
import type { LogFilter } from "./queries.ts";

const EventDrawer = dynamic(() => import("./event-drawer.tsx"), { ssr: false });

const EVENT_TYPES = [
  "user_message",
  "assistant_message",
  "tool_result_returned",
  "plan_updated",
  "critique_generated",
  "reflection",
  "artifact_attached",
  "object_upserted",
];

/** The log as it grows, or from an LSN on; an event opens beside it. */
export default function TailTab() {
  const { get, set } = useUrlState();
  const [agent, session, type] = [get("agent"), get("session"), get("event")];
  const filter = useMemo<LogFilter>(
    () => ({
      ...(agent ? { agent_id: agent } : {}),
      ...(session ? { session_id: session } : {}),
      ...(type ? { event_type: type } : {}),
    }),
    [agent, session, type],
  );
  const from = lsnIn(get("lsn"));
  const open = lsnIn(get("open"));
  const select = (event: StoredEvent) => set({ open: String(event.lsn) }, "push");
  return (
    <Stack gap="md">
      <search aria-label="Filter the log" className={classes.filters}>
        <FilterText
          label="Agent"
          kind="agents"
          value={agent}
          onSettle={(id) => set({ agent: id || undefined })}
        />
        <FilterText
          label="Session"
          kind="sessions"
          value={session}
          onSettle={(id) => set({ session: id || undefined })}
        />
        <FilterText
          label="Event type"
          value={type}
          suggestions={EVENT_TYPES}
          onSettle={(name) => set({ event: name || undefined })}
        />
        <JumpTo key={from} lsn={from} onJump={(lsn) => set({ lsn: lsn ? String(lsn) : undefined }, "push")} />
      </search>
      {from === undefined ? (
        <LiveTail filter={filter} open={open} onSelect={select} />
      ) : (
        <LogFrom
          lsn={from}
          filter={filter}
          open={open}
          onSelect={select}
          onLeave={() => set({ lsn: undefined }, "push")}
        />
      )}
      {open === undefined ? null : <EventDrawer lsn={open} onClose={() => set({ open: undefined })} />}
    </Stack>
  );
}

function JumpTo({ lsn, onJump }: { lsn: number | undefined; onJump: (lsn: number | undefined) => void }) {
  const [typed, setTyped] = useState<string | number>(lsn ?? "");
  const jump = (event: FormEvent) => {
    event.preventDefault();
    onJump(lsnIn(String(typed)));
  };
  return (
    <form onSubmit={jump}>
      <Group gap={4} align="flex-end" wrap="nowrap">
        <NumberInput
          label="From LSN"
          placeholder="Newest"
          value={typed}
          onChange={setTyped}
          min={1}
          max={Number.MAX_SAFE_INTEGER}
          allowDecimal={false}
          allowNegative={false}
          hideControls
          flex={1}
          miw={0}
        />
        <Button type="submit" variant="default" px="xs">
          Jump
        </Button>
      </Group>
    </form>
  );
}

function lsnIn(text: string | undefined): number | undefined {
  const lsn = Number(text);
  return text && Number.isSafeInteger(lsn) && lsn > 0 ? lsn : undefined;
}
