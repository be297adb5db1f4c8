"use client";
import { TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useId } from "react";
import { useSettledText } from "#components/ui/use-settled-text.ts";
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
  const { text, type } = useSettledText(value, onSettle);
  const named = useInfiniteQuery({ ...namedQuery(kind ?? "agents"), enabled: kind !== undefined });
  const known = kind
    ? (named.data?.pages.flatMap(({ rows }) => rows.map((row) => idOf(kind, row))) ?? [])
    : suggestions;
  return (
    <>
      <TextInput
        label={label}
        placeholder="Any"
        value={text}
        list={list}
        maxLength={limits.idChars}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => type(event.currentTarget.value)}
      />
      <datalist id={list}>
        {known.map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </>
  );
}
