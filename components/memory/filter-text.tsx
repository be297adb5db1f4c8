"use client";
import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useEffect, useId, useRef, useState } from "react";
import { limits } from "#lib/limits.ts";
import { idOf } from "./id-of.ts";
import { namedQuery } from "./queries.ts";

/** A filter by an id that people know by heart or choose from those there are: the browser's own suggestions. */
export function FilterText({
  label,
  value = "",
  kind,
  suggestions = [],
  onSettle,
}: {
  label: string;
  value?: string | undefined;
  /** Suggests the agents or sessions there are. */
  kind?: "agents" | "sessions";
  /** Suggestions of another kind. */
  suggestions?: readonly string[];
  /** Called once the typing has come to rest. */
  onSettle: (value: string) => void;
}) {
  const list = useId();
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  // What came from elsewhere replaces what was typed; what the box itself sent does not come back to it.
  useEffect(() => {
    if (value === sent.current) return;
    sent.current = value;
    setTyped(value);
  }, [value]);
  const settle = useDebouncedCallback((text: string) => {
    sent.current = text.trim();
    onSettle(sent.current);
  }, 350);
  const named = useInfiniteQuery({ ...namedQuery(kind ?? "agents"), enabled: kind !== undefined });
  const known = kind
    ? (named.data?.pages.flatMap(({ rows }) => rows.map((row) => idOf(kind, row))) ?? [])
    : suggestions;
  return (
    <>
      <TextInput
        label={label}
        placeholder="Any"
        value={typed}
        list={list}
        maxLength={limits.idChars}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => {
          setTyped(event.currentTarget.value);
          settle(event.currentTarget.value);
        }}
      />
      <datalist id={list}>
        {known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
