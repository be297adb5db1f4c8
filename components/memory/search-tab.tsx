"use client";
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { limits } from "#lib/limits.ts";
import { Landing } from "./landing.tsx";
import { SearchFilters } from "./search-filters.tsx";
import { SearchResults } from "./search-results.tsx";
import { isSearch, SEARCH_NAMES, type SearchState } from "./search-state.ts";

/** The search box, its filters, and what is found; before anything is asked for, what came in lately. */
export default function SearchTab() {
  const { get, set } = useUrlState();
  const state: SearchState = Object.fromEntries(SEARCH_NAMES.map((name) => [name, get(name)]));
  const asked = state.q ?? "";
  const [text, setText] = useState(asked);
  const sent = useRef(asked);
  const ask = (q: string) => {
    sent.current = q.trim();
    set({ q: sent.current || undefined, hits: undefined });
  };
  const askSoon = useDebouncedCallback(ask, 350);
  // Back, or a link to a search, changes the address under the box; what the box itself sent does not come back to it.
  useEffect(() => {
    if (asked === sent.current) return;
    sent.current = asked;
    setText(asked);
  }, [asked]);
  const narrowed = SEARCH_NAMES.some((name) => name !== "q" && state[name]);
  return (
    <Stack gap="md">
      <search aria-label="Search memory">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            askSoon.cancel();
            ask(text);
          }}
        >
          <Stack gap="xs">
            <TextInput
              size="md"
              type="search"
              value={text}
              onChange={(event) => {
                setText(event.currentTarget.value);
                askSoon(event.currentTarget.value);
              }}
              placeholder="What do your agents remember?"
              aria-label="What do your agents remember?"
              leftSection={<IconSearch size={17} aria-hidden />}
              maxLength={limits.queryChars}
              autoComplete="off"
              enterKeyHint="search"
            />
            <SearchFilters state={state} />
            {narrowed ? (
              <Group justify="space-between">
                <Text fz="xs" c="dimmed">
                  Only memories that meet every filter are ranked.
                </Text>
                <Button
                  size="xs"
                  variant="subtle"
                  color="gray"
                  onClick={() =>
                    set(
                      Object.fromEntries(
                        SEARCH_NAMES.map((name) => [name, name === "q" ? asked : undefined]),
                      ),
                    )
                  }
                >
                  Clear filters
                </Button>
              </Group>
            ) : null}
          </Stack>
        </form>
      </search>
      {isSearch(state) ? <SearchResults state={state} /> : <Landing />}
    </Stack>
  );
}
