"use client";
import { useComputedColorScheme } from "@mantine/core";
import CodeMirror, { EditorView, Prec, type ReactCodeMirrorRef } from "@uiw/react-codemirror";
import { getJsonPointers, jsonSchema } from "codemirror-json-schema";
import { type Ref, useImperativeHandle, useMemo, useRef } from "react";

/** What a page may ask of the editor. */
export type JsonEditorHandle = {
  /** Selects what a JSON Pointer names, or the nearest thing above it, and shows it. */
  locate: (pointer: string) => void;
};

/** A JSON editor that completes, explains and checks by a JSON Schema. */
export function JsonEditor(props: {
  ref: Ref<JsonEditorHandle>;
  value: string;
  schema: Record<string, unknown> | undefined;
  editable: boolean;
  height: string;
  label: string;
  onChange: (value: string) => void;
  onSave: () => void;
}) {
  const { schema, editable, label } = props;
  const scheme = useComputedColorScheme("light");
  const editor = useRef<ReactCodeMirrorRef>(null);
  const extensions = useMemo(
    () => [
      jsonSchema((schema ?? {}) as Parameters<typeof jsonSchema>[0]),
      EditorView.lineWrapping,
      EditorView.cspNonce.of(document.querySelector<HTMLScriptElement>("script[nonce]")?.nonce ?? ""),
      EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" }),
      Prec.highest(look),
    ],
    [schema, label],
  );
  useImperativeHandle(props.ref, () => ({
    locate: (pointer) => {
      const view = editor.current?.view;
      if (view) select(view, pointer);
    },
  }));
  return (
    <CodeMirror
      ref={editor}
      value={props.value}
      height={props.height}
      theme={scheme}
      editable={editable}
      readOnly={!editable}
      basicSetup={{ foldGutter: true, highlightActiveLine: editable }}
      extensions={extensions}
      onChange={props.onChange}
      onKeyDown={(event) => {
        if ((event.metaKey || event.ctrlKey) && event.key === "s") {
          event.preventDefault();
          props.onSave();
        }
      }}
    />
  );
}

function select(view: EditorView, pointer: string): void {
  const pointers = getJsonPointers(view.state, "json4");
  for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
    const found = pointers.get(at);
    if (found) {
      const anchor = found.keyFrom ?? ("valueFrom" in found ? found.valueFrom : 0);
      const head = "valueTo" in found ? Math.min(found.valueTo, anchor + 400) : found.keyTo;
      view.dispatch({
        selection: { anchor, head },
        effects: EditorView.scrollIntoView(anchor, { y: "center" }),
      });
      view.focus();
      return;
    }
    if (!at.includes("/")) return;
  }
}

const look = EditorView.theme({
  "&": { backgroundColor: "var(--mantine-color-body)", fontSize: "12.5px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.55" },
  ".cm-gutters": {
    backgroundColor: "var(--penstock-ground)",
    color: "var(--mantine-color-dimmed)",
    borderRight: "1px solid var(--penstock-line)",
  },
  ".cm-activeLineGutter": { backgroundColor: "var(--penstock-hover)" },
  ".cm-tooltip": { maxWidth: "min(440px, 80vw)" },
});
