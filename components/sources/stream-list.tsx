"use client";
import { ActionIcon, Checkbox, Group, List, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconEye, IconSearch } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import dynamic from "next/dynamic";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import type { Stream } from "#lib/connectors/schema.ts";
import { streamFacts } from "./stream-facts.ts";
import classes from "./stream-list.module.css";
import { type StreamOffer, usePagedStreams } from "./use-paged-streams.ts";

const StreamPreviewDialog = dynamic(() => import("./stream-preview-dialog.tsx"), { ssr: false });

/** Height of a row in pixels, as the stylesheet has it. */
const ROW = 48;
const FILTER_CHARS = 200;

/** Which streams are ticked, and what happens when one is. */
export type Ticks = {
  has: (name: string) => boolean;
  toggle: (name: string, on: boolean) => void;
  /** Stands over the list, beside the count. */
  all?: (total: number | null) => ReactNode;
};

/**
 * Every stream that a source offers: searched on the server, drawn and kept only near where the reader is. With
 * `ticks` they can be chosen; each can be previewed.
 */
export function StreamList({ offer, ticks }: { offer: StreamOffer; ticks?: Ticks }) {
  const [typed, setTyped] = useState("");
  const [filter] = useDebouncedValue(typed.trim(), 250);
  const [shown, setShown] = useState<Stream>();
  const root = useRef<HTMLDivElement>(null);
  function close() {
    const name = shown?.name ?? "";
    setShown(undefined);
    // The row may have been drawn anew meanwhile: the focus goes to the one of that name.
    setTimeout(() =>
      root.current?.querySelector<HTMLElement>(`[data-preview="${CSS.escape(name)}"]`)?.focus(),
    );
  }
  return (
    <Stack gap="xs" ref={root}>
      <TextInput
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        placeholder="Name"
        aria-label="Search streams"
        leftSection={<IconSearch size={15} aria-hidden />}
        maxLength={FILTER_CHARS}
        autoComplete="off"
        spellCheck={false}
      />
      <Rows key={filter} offer={offer} filter={filter} ticks={ticks} onPreview={setShown} />
      {shown ? <StreamPreviewDialog offer={offer} stream={shown} onClose={close} /> : null}
    </Stack>
  );
}

function Rows(props: {
  offer: StreamOffer;
  filter: string;
  ticks: Ticks | undefined;
  onPreview: (stream: Stream) => void;
}) {
  const { offer, filter, ticks, onPreview } = props;
  const frame = useRef<HTMLDivElement>(null);
  const streams = usePagedStreams(offer, filter);
  const virtual = useVirtualizer({
    count: streams.count,
    getScrollElement: () => frame.current,
    estimateSize: () => ROW,
    overscan: 6,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { show } = streams;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `show` is made anew with every page and does the same
  useEffect(() => show(first, last), [first, last]);

  if (streams.error)
    return (
      <ErrorState title="The streams could not be listed" error={streams.error} onRetry={streams.retry} />
    );
  if (streams.head?.streams.length === 0) return <Nothing filter={filter} page={streams.head} />;
  return (
    <>
      <Group justify="space-between" mih={24} gap="xs">
        <Text fz="xs" c="dimmed" aria-live="polite">
          {streams.head ? countWords(streams.total, streams.count, filter) : "Listing the streams"}
        </Text>
        {streams.head ? ticks?.all?.(filter ? null : streams.total) : null}
      </Group>
      <div ref={frame} className={classes.frame} style={{ height: Math.min(streams.count, 9) * ROW + 2 }}>
        <ul
          className={classes.rows}
          aria-label="Streams"
          aria-busy={!streams.head}
          style={{ height: virtual.getTotalSize() }}
        >
          {items.map((item) => (
            <li
              key={item.key}
              className={classes.place}
              style={{ transform: `translateY(${item.start}px)` }}
              aria-setsize={streams.total ?? -1}
              aria-posinset={item.index + 1}
            >
              <Row stream={streams.at(item.index)} ticks={ticks} onPreview={onPreview} />
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

function Row(props: {
  stream: Stream | undefined;
  ticks: Ticks | undefined;
  onPreview: (stream: Stream) => void;
}) {
  const { stream, ticks, onPreview } = props;
  if (!stream)
    return (
      <div className={classes.row}>
        <Skeleton height={12} width="55%" />
      </div>
    );
  const name = (
    <span className={classes.text}>
      <span className={classes.name} title={stream.name}>
        {stream.name}
      </span>
      <span className={classes.facts}>{streamFacts(stream)}</span>
    </span>
  );
  return (
    <div className={classes.row} data-ticked={ticks?.has(stream.name) || undefined}>
      {ticks ? (
        <Checkbox
          flex={1}
          miw={0}
          size="sm"
          checked={ticks.has(stream.name)}
          disabled={stream.syncModes.length === 0}
          onChange={(event) => ticks.toggle(stream.name, event.currentTarget.checked)}
          onKeyDown={moveAlong}
          label={name}
          classNames={{ body: classes.tick, labelWrapper: classes.label, label: classes.label }}
        />
      ) : (
        name
      )}
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Preview ${stream.name}`}
        data-preview={stream.name}
        title="Columns and first rows"
        onClick={() => onPreview(stream)}
      >
        <IconEye size={16} />
      </ActionIcon>
    </div>
  );
}

/** Arrows go from tick box to tick box; the space bar ticks. */
function moveAlong(event: KeyboardEvent<HTMLInputElement>) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const list = event.currentTarget.closest("ul");
  if (!step || !list) return;
  event.preventDefault();
  const boxes = [...list.querySelectorAll<HTMLInputElement>("input[type=checkbox]")];
  boxes[boxes.indexOf(event.currentTarget) + step]?.focus();
}

function countWords(total: number | null, count: number, filter: string): string {
  const some = total === null ? `${formatNumber(count)} or more` : formatNumber(total);
  const noun = total === 1 ? "stream" : "streams";
  return filter ? `${some} ${noun} with “${filter}”` : `${some} ${noun}`;
}

function Nothing(props: { filter: string; page: { causes?: string[]; query?: string } }) {
  const { filter, page } = props;
  if (filter) return <Text c="dimmed">Nothing is called “{filter}”.</Text>;
  return (
    <Stack gap={4}>
      <Text fz="sm" fw={500}>
        There is nothing to load
      </Text>
      {page.causes?.length ? (
        <List size="sm" spacing={2}>
          {page.causes.map((cause) => (
            <List.Item key={cause}>{cause}</List.Item>
          ))}
        </List>
      ) : null}
      {page.query ? (
        <>
          <Text fz="xs" c="dimmed">
            This is what was asked:
          </Text>
          <pre className={classes.query}>{page.query}</pre>
        </>
      ) : null}
    </Stack>
  );
}
