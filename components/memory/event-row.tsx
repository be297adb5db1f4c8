import { UnstyledButton } from "@mantine/core";
import type { KeyboardEvent } from "react";
import { formatMoment } from "#components/ui/format.ts";
import type { StoredEvent } from "#lib/ingest/schema.ts";
import { textOfEvent } from "./event-text.ts";
import tail from "./tail.module.css";

const clock = new Intl.DateTimeFormat("en-GB", {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  fractionalSecondDigits: 3,
});

/** One event on one line, two where it is narrow; a tombstone says that it is one. */
export function EventRow({
  event,
  selected,
  marked,
  inTabOrder,
  onSelect,
  onKeyDown,
}: {
  event: StoredEvent;
  selected: boolean;
  marked: boolean;
  inTabOrder: boolean;
  onSelect: () => void;
  onKeyDown: (event: KeyboardEvent) => void;
}) {
  const at = Date.parse(event.ingest_time);
  return (
    <UnstyledButton
      className={tail.row}
      data-lsn={event.lsn}
      data-selected={selected || undefined}
      data-marked={marked || undefined}
      data-erased={event.erased ? true : undefined}
      tabIndex={inTabOrder ? 0 : -1}
      onClick={onSelect}
      onKeyDown={onKeyDown}
    >
      <span className={tail.lsn}>{event.lsn}</span>
      <time className={tail.time} dateTime={event.ingest_time} title={formatMoment(at)}>
        {clock.format(at)}
      </time>
      <span className={tail.type}>{event.event_type || "event"}</span>
      <span className={tail.agent}>{event.agent_id}</span>
      <span className={tail.text}>
        {event.erased ? `Erased: ${event.erased.reason}` : textOfEvent(event)}
      </span>
    </UnstyledButton>
  );
}
