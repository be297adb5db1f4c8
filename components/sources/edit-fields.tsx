"use client";
import { Button, Stack, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useMemo, useRef, useState } from "react";
import { Dialog } from "#components/ui/dialog.tsx";
import { DialogActions } from "#components/ui/dialog-actions.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone } from "#components/ui/notify.ts";
import { isApiError, sources } from "#lib/client/index.ts";
import { connectorSpecs, fieldsOf } from "#lib/connectors/schema.ts";
import type { Source } from "#lib/sources/schema.ts";
import { ConnectorFields } from "./connector-fields.tsx";
import { focusField } from "./field-input.tsx";
import { type Drafts, fieldsToSend, findErrors } from "./field-values.ts";
import { refreshAllOfSources } from "./queries.ts";

const WORDS = {
  fields: {
    title: "Edit the connection",
    note: "If the server, the user or the encryption changes, the secrets are asked for again: they only ever go where you sent them.",
  },
  secrets: {
    title: "Rotate secrets",
    note: "What you leave empty stays as it is. The new value is encrypted and never shown again; the next run uses it.",
  },
};

/**
 * Changes the fields of a saved source, or its secrets. What is typed is held by this dialog alone and is gone with it:
 * never in a cache, an address or a storage.
 */
export function EditFields(props: { source: Source; what: "fields" | "secrets"; onClose: () => void }) {
  const { source, what, onClose } = props;
  const client = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const spec = connectorSpecs[source.connector];
  const all = useMemo(() => fieldsOf(spec), [spec]);
  const [drafts, setDrafts] = useState<Drafts>({});
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [again, setAgain] = useState<readonly string[]>([]);
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<unknown>();
  const [caret, setCaret] = useState<string>();
  // A secret is asked for by a field that is drawn with the answer: the caret goes there afterwards.
  useEffect(() => {
    if (caret) focusField(form.current, caret);
    setCaret(undefined);
  }, [caret]);
  const shown = all.filter(({ name, secret }) =>
    what === "secrets" ? secret : !secret || again.includes(name),
  );

  // A secret that is asked for again is one that has to be typed.
  const held = source.held.filter((name) => !again.includes(name));

  async function save(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    const found = findErrors(spec, shown, drafts, { config: source.config, held });
    const fields = fieldsToSend(shown, drafts, source);
    setErrors(found);
    setRefusal(undefined);
    const wrong = shown.find(({ name }) => found[name]);
    if (wrong) return setCaret(wrong.name);
    if (Object.keys(fields).length === 0) return onClose();
    setBusy(true);
    try {
      await sources.update(source.id, { fields });
      await refreshAllOfSources(client);
      notifyDone(what === "secrets" ? "The secrets were replaced" : "The connection was changed");
      onClose();
    } catch (error) {
      take(error);
    }
    setBusy(false);
  }

  function take(error: unknown) {
    const issues = isApiError(error) ? error.issues : [];
    const told = issues.map(({ path, message }): [string, string] => [
      path.replace(/^\/(fields\/)?/, ""),
      message,
    ]);
    const known = told.filter(([name]) => all.some((field) => field.name === name));
    const secrets = known
      .map(([name]) => name)
      .filter((name) => all.some((one) => one.name === name && one.secret));
    setErrors(Object.fromEntries(known));
    setAgain((before) => [...new Set([...before, ...secrets])]);
    if (known.length === 0) setRefusal(error);
    else setCaret(known[0]?.[0]);
  }

  return (
    <Dialog onClose={onClose} title={WORDS[what].title} size="lg">
      <form ref={form} onSubmit={save} noValidate autoComplete="off">
        <Stack gap="md">
          <Text fz="sm" c="dimmed">
            {WORDS[what].note}
          </Text>
          <ConnectorFields
            connector={source.connector}
            fields={shown}
            required={
              new Set(
                shown
                  .filter(({ name, required, secret }) => required && (!secret || again.includes(name)))
                  .map(({ name }) => name),
              )
            }
            drafts={drafts}
            config={source.config}
            held={held}
            errors={errors}
            onDrafts={(changes) => {
              setDrafts((before) => ({ ...before, ...changes }));
              setErrors((before) =>
                Object.fromEntries(Object.entries(before).filter(([name]) => !Object.hasOwn(changes, name))),
              );
            }}
          />
          {refusal ? <ErrorState error={refusal} title="It was not saved" /> : null}
          <DialogActions onClose={onClose}>
            <Button type="submit" loading={busy}>
              Save
            </Button>
          </DialogActions>
        </Stack>
      </form>
    </Dialog>
  );
}
