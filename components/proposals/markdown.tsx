"use client";
import { Streamdown } from "streamdown";
import { keepPatterns } from "./keep-patterns.ts";
import classes from "./markdown.module.css";

/** A text of the assistant: its small markdown, sanitized, without raw HTML or pictures from elsewhere. */
export default function Markdown({ text, running = false }: { text: string; running?: boolean }) {
  return (
    <Streamdown
      className={classes.markdown ?? ""}
      mode={running ? "streaming" : "static"}
      controls={false}
      linkSafety={{ enabled: false }}
      components={{ img: () => null }}
    >
      {keepPatterns(text)}
    </Streamdown>
  );
}
