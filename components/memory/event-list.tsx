"use client";
import { useMediaQuery } from "@mantine/hooks";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import type { StoredEvent } from "#lib/ingest/schema.ts";
import { EventRow } from "./event-row.tsx";
import tail from "./tail.module.css";

/** Heights of a row in pixels, as the stylesheet has them: one line, and two where it is narrow. */
const ROW = 34;
const NARROW_ROW = 62;
/** Scrolled so far down, the reader is reading. */
const AWAY = 24;

/**
 * Events as a list of which only those in sight are drawn. One row is in the tab order; arrows, Home and End move
 * along the rows, Enter opens.
 */
export function EventList({
  label,
  events,
  open,
  mark,
  atTop,
  onSelect,
  onAway,
}: {
  label: string;
  events: readonly StoredEvent[];
  /** The LSN of the row that stands open. */
  open: number | undefined;
  /** An LSN that was jumped to. */
  mark?: number;
  /** Scrolls to the top when it becomes true. */
  atTop?: boolean;
  onSelect: (event: StoredEvent) => void;
  /** Hears whether the reader has scrolled away from the top. */
  onAway?: (away: boolean) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const narrow = useMediaQuery("(max-width: 47.99em)") ?? false;
  const height = narrow ? NARROW_ROW : ROW;
  const [active, setActive] = useState<number>();
  const virtual = useVirtualizer({
    count: events.length,
    getScrollElement: () => frame.current,
    getItemKey: (index) => events[index]?.lsn ?? index,
    estimateSize: () => height,
    overscan: 8,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: rows change their height with the width of the page
  useEffect(() => virtual.measure(), [height]);
  useEffect(() => {
    if (atTop) frame.current?.scrollTo({ top: 0 });
  }, [atTop]);
  const at = events.findIndex(({ lsn }) => lsn === (active ?? open));
  const stop = Math.max(0, at);

  function move(event: KeyboardEvent) {
    const last = events.length - 1;
    const to = {
      ArrowDown: Math.min(last, stop + 1),
      ArrowUp: Math.max(0, stop - 1),
      Home: 0,
      End: last,
    }[event.key];
    const lsn = to === undefined ? undefined : events[to]?.lsn;
    if (to === undefined || lsn === undefined) return;
    event.preventDefault();
    setActive(lsn);
    virtual.scrollToIndex(to);
    requestAnimationFrame(() =>
      frame.current?.querySelector<HTMLElement>(`[data-lsn="${lsn}"]`)?.focus({ preventScroll: true }),
    );
  }

  return (
    <div
      ref={frame}
      className={tail.frame}
      onScroll={(event) => onAway?.(event.currentTarget.scrollTop > AWAY)}
    >
      <ol className={tail.rows} aria-label={label} style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => {
          const event = events[item.index];
          return event ? (
            <li
              key={item.key}
              className={tail.place}
              style={{ transform: `translateY(${item.start}px)`, height }}
              aria-setsize={events.length}
              aria-posinset={item.index + 1}
            >
              <EventRow
                event={event}
                selected={event.lsn === open}
                marked={event.lsn === mark}
                inTabOrder={item.index === stop}
                onKeyDown={move}
                onSelect={() => {
                  setActive(event.lsn);
                  onSelect(event);
                }}
              />
            </li>
          ) : null;
        })}
      </ol>
    </div>
  );
}
