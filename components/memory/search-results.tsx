"use client";
import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconZoomQuestion } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { EmptyState } from "#components/ui/empty-state.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { Hit } from "./hit.tsx";
import classes from "./memory.module.css";
import { searchQuery } from "./queries.ts";
import { HITS, HITS_MAX, SEARCH_NAMES, type SearchState, toQuery } from "./search-state.ts";

/** What was found, best first, and how. */
export function SearchResults({ state }: { state: SearchState }) {
  const { get, set } = useUrlState();
  const asked = Number.parseInt(get("hits") ?? "", 10) || HITS;
  const shown = Math.min(Math.max(asked, HITS), HITS_MAX);
  const found = useQuery(searchQuery(toQuery(state, shown)));
  if (found.error && !found.data)
    return (
      <ErrorState title="The search did not work" error={found.error} onRetry={() => void found.refetch()} />
    );
  if (!found.data) return <HitsSkeleton />;
  const { hits = [], applied_filters, proof_trace } = found.data;
  if (hits.length === 0) {
    const filtered = SEARCH_NAMES.some((name) => name !== "q" && state[name]);
    return (
      <EmptyState
        icon={<IconZoomQuestion />}
        title="Nothing is remembered of that"
        description={
          filtered
            ? "No memory meets every filter. Clear them, or use fewer words."
            : "Use fewer or other words. Words are found by their stem, and misspelt ones by their letters."
        }
        action={
          filtered ? (
            <Button
              variant="default"
              onClick={() =>
                set(
                  Object.fromEntries(SEARCH_NAMES.map((name) => [name, name === "q" ? state.q : undefined])),
                )
              }
            >
              Clear filters
            </Button>
          ) : undefined
        }
      />
    );
  }
  const best = Math.max(...hits.map(({ score }) => score));
  return (
    <Stack gap="sm" data-stale={found.isPlaceholderData || undefined} className={classes.results}>
      <Group justify="space-between" gap="xs">
        <Text fz="sm" c="dimmed" role="status">
          {formatNumber(hits.length)} {hits.length === 1 ? "memory" : "memories"}, best first
        </Text>
        <HowFound filters={applied_filters} trace={proof_trace} />
      </Group>
      <ol className={classes.hits}>
        {hits.map((hit) => (
          <Hit key={hit.object_id} hit={hit} best={best} query={state.q ?? ""} />
        ))}
      </ol>
      {hits.length >= shown && shown < HITS_MAX ? (
        <Button
          variant="default"
          style={{ alignSelf: "center" }}
          loading={found.isPlaceholderData}
          onClick={() => set({ hits: String(Math.min(shown + 40, HITS_MAX)) })}
        >
          Show more
        </Button>
      ) : null}
      {shown === HITS_MAX && hits.length === HITS_MAX ? (
        <Text fz="sm" c="dimmed" ta="center">
          A search shows its best {HITS_MAX}. Narrow it by agent, session or time to see others.
        </Text>
      ) : null}
    </Stack>
  );
}

function HowFound({ filters, trace }: { filters: string[]; trace: string[] }) {
  return (
    <details className={classes.how}>
      <summary>How this was found</summary>
      <ul>
        {[...new Set([...filters, ...trace])].map((line) => (
          <li key={line}>{line}</li>
        ))}
      </ul>
    </details>
  );
}

function HitsSkeleton() {
  return (
    <Stack gap="sm" aria-busy="true" aria-label="Searching">
      {["a", "b", "c", "d"].map((key) => (
        <Skeleton key={key} height={104} radius="md" />
      ))}
    </Stack>
  );
}
