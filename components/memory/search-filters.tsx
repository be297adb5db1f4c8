"use client";
import { NativeSelect, TextInput } from "@mantine/core";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { FilterText } from "./filter-text.tsx";
import classes from "./memory.module.css";
import { MEMORY_TYPES, type SearchState } from "./search-state.ts";

const TYPES = [
  { value: "", label: "Any type" },
  ...MEMORY_TYPES.map((type) => ({ value: type, label: capital(type) })),
];

/** Narrows the search; every choice goes into the address. */
export function SearchFilters({ state }: { state: SearchState }) {
  const { set } = useUrlState();
  const change = (name: keyof SearchState, value: string) =>
    set({ [name]: value || undefined, hits: undefined });
  return (
    <div className={classes.filters} data-with-time>
      <FilterText label="Agent" value={state.agent} kind="agents" onSettle={(id) => change("agent", id)} />
      <FilterText
        label="Session"
        value={state.session}
        kind="sessions"
        onSettle={(id) => change("session", id)}
      />
      <NativeSelect
        label="Type"
        data={state.type && !TYPES.some(({ value }) => value === state.type) ? [...TYPES, state.type] : TYPES}
        value={state.type ?? ""}
        onChange={(event) => change("type", event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label="From"
        value={state.from ?? ""}
        max={state.to}
        onChange={(event) => change("from", event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label="To"
        value={state.to ?? ""}
        min={state.from}
        onChange={(event) => change("to", event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        label="As of"
        title="What was known at that moment"
        value={state.asOf ?? ""}
        onChange={(event) => change("asOf", event.currentTarget.value)}
      />
    </div>
  );
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
