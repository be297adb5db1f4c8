"use client";
import { useComputedColorScheme } from "@mantine/core";
import { useEffect, useMemo, useRef } from "react";
import ReactDiffViewer, { DiffMethod } from "react-diff-viewer-continued";
import { canonicalText } from "#lib/ir/index.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import classes from "./ir-diff.module.css";

const variables = {
  light: {
    diffViewerColor: "var(--mantine-color-text)",
    diffViewerBackground: "var(--mantine-color-body)",
    gutterColor: "#56606b",
    addedGutterColor: "#1d5b33",
    removedGutterColor: "#8a1f26",
    codeFoldContentColor: "#56606b",
    codeFoldBackground: "var(--penstock-ground)",
    codeFoldGutterBackground: "var(--penstock-ground)",
    gutterBackground: "var(--penstock-ground)",
    gutterBackgroundDark: "var(--penstock-ground)",
    emptyLineBackground: "var(--penstock-ground)",
    addedColor: "#10391f",
    removedColor: "#5c1218",
    wordAddedBackground: "#a9e3bb",
    wordRemovedBackground: "#fbc4c6",
  },
  dark: {
    diffViewerColor: "var(--mantine-color-text)",
    diffViewerBackground: "var(--mantine-color-body)",
    gutterColor: "#98a2ad",
    addedBackground: "#10301c",
    addedGutterBackground: "#153b23",
    addedColor: "#c9f2d6",
    addedGutterColor: "#9fd9b3",
    removedBackground: "#3a1519",
    removedGutterBackground: "#48191e",
    removedColor: "#ffd9db",
    removedGutterColor: "#f2adb2",
    wordAddedBackground: "#1f6b3a",
    wordRemovedBackground: "#8a2b33",
    codeFoldContentColor: "#98a2ad",
    codeFoldBackground: "var(--penstock-ground)",
    codeFoldGutterBackground: "var(--penstock-ground)",
    gutterBackground: "var(--penstock-ground)",
    gutterBackgroundDark: "var(--penstock-ground)",
    emptyLineBackground: "var(--penstock-ground)",
  },
};

export type IrDiffProps = {
  /** Left side; absent: there was nothing. */
  before: PipelineIr | undefined;
  after: PipelineIr;
  split: boolean;
  /** Show unchanged lines too. */
  whole?: boolean;
};

/** Two documents, canonically ordered, line by line. */
export function IrDiff({ before, after, split, whole = false }: IrDiffProps) {
  const scheme = useComputedColorScheme("light");
  const old = useMemo(() => (before ? canonicalText(before) : ""), [before]);
  const now = useMemo(() => canonicalText(after), [after]);
  const frame = useRef<HTMLElement>(null);
  useEffect(() => {
    // A folded part is a row with the role of a button around a real one: only the real one is kept.
    const simplify = () => {
      for (const row of frame.current?.querySelectorAll("tr[role=button]") ?? []) {
        row.removeAttribute("role");
        row.removeAttribute("tabindex");
      }
    };
    const observer = new MutationObserver(simplify);
    if (frame.current) observer.observe(frame.current, { childList: true, subtree: true });
    simplify();
    return () => observer.disconnect();
  }, []);
  return (
    <section
      ref={frame}
      className={classes.diff}
      data-whole={whole || undefined}
      aria-label="Difference, line by line"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region has to be reachable by keyboard
      tabIndex={0}
    >
      <ReactDiffViewer
        key={`${split}`}
        oldValue={old}
        newValue={now}
        splitView={split}
        compareMethod={DiffMethod.WORDS}
        showDiffOnly={!whole}
        extraLinesSurroundingDiff={2}
        useDarkTheme={scheme === "dark"}
        styles={{ variables }}
        nonce={pageNonce()}
        disableWorker
        hideSummary
        codeFoldMessageRenderer={(lines) => (
          <span>{`${lines} unchanged ${lines === 1 ? "line" : "lines"}`}</span>
        )}
      />
    </section>
  );
}

/** The nonce that this page's policy lets style tags through with. */
function pageNonce(): string {
  return document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? "";
}
