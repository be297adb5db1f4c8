import { Highlight } from "@mantine/core";
import { memo } from "react";
import { formatMoment } from "#components/ui/format.ts";
import type { RunLogLine } from "#lib/runs/schema.ts";
import classes from "./run.module.css";

/** Lines of a log, with the text that was searched for marked. */
export const RunLogLines = memo(function RunLogLines({
  lines,
  mark = "",
}: {
  lines: readonly RunLogLine[];
  mark?: string;
}) {
  return lines.map((line) => (
    <div key={line.seq} className={classes.line} data-level={line.level}>
      <time className={classes.time} dateTime={line.at} title={formatMoment(Date.parse(line.at))}>
        {new Date(line.at).toLocaleTimeString("en-GB", { hour12: false })}
        {`.${new Date(line.at).getMilliseconds().toString().padStart(3, "0")}`}
      </time>
      <span className={classes.level}>{line.level}</span>
      {line.nodeId && (
        <span className={classes.node}>
          <Marked text={line.nodeId} mark={mark} />
        </span>
      )}
      <span className={classes.message}>
        <Marked text={line.message} mark={mark} />
        {line.data ? (
          <span className={classes.node}>
            {" "}
            <Marked text={dataText(line.data)} mark={mark} />
          </span>
        ) : null}
      </span>
    </div>
  ));
});

function Marked({ text, mark }: { text: string; mark: string }) {
  if (!mark || !text.toLowerCase().includes(mark.toLowerCase())) return text;
  return (
    <Highlight component="span" inherit highlight={mark}>
      {text}
    </Highlight>
  );
}

const dataText = (data: Record<string, unknown>): string =>
  Object.entries(data)
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(" ");

/** A line as text: time, level, node, message, data. */
export const lineText = (line: RunLogLine): string =>
  [line.at, line.level, line.nodeId ?? "-", line.message, line.data ? dataText(line.data) : ""]
    .join(" ")
    .trim();
