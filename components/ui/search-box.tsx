"use client";
import { TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";

/** Longest search that the server takes. */
const LONGEST = 200;

/** The box above a list in which one types what to look for; `label` is read out, `placeholder` says what it looks at. */
export function SearchBox({
  label,
  placeholder,
  text,
  onType,
}: {
  label: string;
  placeholder: string;
  text: string;
  onType: (text: string) => void;
}) {
  return (
    <TextInput
      value={text}
      onChange={(event) => onType(event.currentTarget.value)}
      placeholder={placeholder}
      aria-label={label}
      leftSection={<IconSearch size={15} aria-hidden />}
      w={{ base: "100%", xs: 280 }}
      maxLength={LONGEST}
    />
  );
}
