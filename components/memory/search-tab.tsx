"use client";
import { Button, Group, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useSettledText } from "#components/ui/use-settled-text.ts";
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
  const { text, type, settle } = useSettledText(asked, (q) => set({ q, hits: undefined }));
  const narrowed = SEARCH_NAMES.some((name) => name !== "q" && state[name]);
  return (
    <Stack gap="md">
      <search aria-label="Search memory">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            settle(text);
          }}
        >
          <Stack gap="xs">
            <TextInput
              size="md"
              type="search"
              value={text}
              onChange={(event) => type(event.currentTarget.value)}
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
