"use client";
import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect, useRef, useState } from "react";

/** A text as one types it, told once the typing has come to rest. */
export type SettledText = {
  text: string;
  type: (text: string) => void;
  /** Tells a text at once, without waiting. */
  settle: (text: string) => void;
};

/**
 * The text of a box whose value is kept elsewhere, such as in the address. What comes from there, by Back or a link,
 * replaces what was typed; what the box itself told does not come back to it.
 * @param onSettle gets the text without white space around it.
 */
export function useSettledText(value: string, onSettle: (text: string) => void, waitMs = 350): SettledText {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const tell = (typed: string) => {
    told.current = typed.trim();
    onSettle(told.current);
  };
  const tellSoon = useDebouncedCallback(tell, waitMs);
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  return {
    text,
    type: (typed) => {
      setText(typed);
      tellSoon(typed);
    },
    settle: (typed) => {
      tellSoon.cancel();
      setText(typed);
      tell(typed);
    },
  };
}
