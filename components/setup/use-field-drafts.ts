"use client";
import { useEffect, useMemo, useState } from "react";
import { type Drafts, fieldsToSend, findErrors } from "#components/sources/field-values.ts";
import {
  type ConnectorField,
  type ConnectorSpec,
  connectorSpecs,
  fieldsOf,
  missingFields,
} from "#lib/connectors/schema.ts";
import type { SetupReply, SetupSessionView } from "#lib/setup/schema.ts";
import type { SetupTalk } from "./use-setup.ts";

/** What chat and form share of a connection's fields: what is known, what was typed, what is wrong. */
export type FieldDrafts = {
  spec: ConnectorSpec | undefined;
  fields: readonly ConnectorField[];
  missing: ReadonlySet<string>;
  /** The fields that a failed check or a refused value is about. */
  wrong: ReadonlySet<string>;
  drafts: Drafts;
  errors: Record<string, string>;
  change: (changes: Drafts) => void;
  /** Checks and sends some fields; what was typed is forgotten once it has arrived. @returns the first field to mend */
  send: (which: readonly ConnectorField[]) => string | undefined;
};

const specs: Readonly<Record<string, ConnectorSpec | undefined>> = connectorSpecs;

/**
 * What was typed into fields and not yet sent. It lives here alone, for chat and form alike, so that changing between
 * them loses nothing, and a reload forgets it.
 */
export function useFieldDrafts(talk: SetupTalk): FieldDrafts {
  const { view } = talk;
  const spec = specs[view?.setup.connector ?? ""];
  const fields = useMemo(() => (spec ? fieldsOf(spec) : []), [spec]);
  const [typed, setTyped] = useState<{ connector?: string; drafts: Drafts }>({ drafts: {} });
  const [found, setFound] = useState<Record<string, string>>({});
  // Started over, or left for another conversation: what was typed and not sent is forgotten with it.
  const talked = spec && view?.session_id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is the change that matters
  useEffect(() => {
    setTyped({ drafts: {} });
    setFound({});
  }, [talked]);
  const drafts = typed.connector === spec?.name ? typed.drafts : {};
  const known = { config: view?.setup.config ?? {}, held: view?.setup.held ?? [] };
  const told = toldErrors(view);
  const missing = spec ? missingFields(spec, new Set([...Object.keys(known.config), ...known.held])) : [];
  const unchanged = Object.entries(told).filter(([name]) => drafts[name] === undefined);
  return {
    spec,
    fields,
    missing: new Set(missing),
    wrong: new Set(Object.keys(told)),
    drafts,
    errors: { ...Object.fromEntries(unchanged), ...found },
    change: (changes) => {
      setTyped({ ...(spec && { connector: spec.name }), drafts: { ...drafts, ...changes } });
      setFound((before) =>
        Object.fromEntries(Object.entries(before).filter(([name]) => !Object.hasOwn(changes, name))),
      );
    },
    send: (which) => {
      if (!spec) return undefined;
      const errors = findErrors(spec, which, drafts, known);
      setFound(errors);
      const first = which.find(({ name }) => errors[name]);
      if (first) return first.name;
      const sent = fieldsToSend(which, drafts, known);
      const titles = which.filter(({ name }) => name in sent).map(({ title }) => title);
      const saying =
        titles.length > 0 ? { fields: sent, shown: `Entered: ${titles.join(", ")}` } : { message: "retry" };
      void talk.say(saying).then((reply) => {
        if (reply) setTyped((before) => ({ ...before, drafts: without(before.drafts, sent, reply, fields) }));
      });
      return undefined;
    },
  };
}

/** What the server said about fields: refused values, and where the last check stopped. */
function toldErrors(view: SetupSessionView | undefined): Record<string, string> {
  const refused = refusedOf(view?.data);
  const failure = view?.setup.failure;
  const checked: [string, string][] = failure?.field ? [[failure.field, failure.message]] : [];
  return Object.fromEntries([
    ...checked,
    ...refused.map(({ field, message }): [string, string] => [field, message]),
  ]);
}

type Refused = { field: string; message: string };

function refusedOf(data: SetupReply["data"] | undefined): Refused[] {
  return Array.isArray(data?.refused) ? (data.refused as Refused[]).filter(({ field }) => field) : [];
}

/** What was typed, without what has arrived. What was refused may be corrected; a secret is typed again. */
function without(drafts: Drafts, sent: object, reply: SetupReply, fields: readonly ConnectorField[]): Drafts {
  const refused = new Set(refusedOf(reply.data).map(({ field }) => field));
  const secret = new Set(fields.filter((field) => field.secret).map(({ name }) => name));
  return Object.fromEntries(
    Object.entries(drafts).filter(
      ([name]) => !Object.hasOwn(sent, name) || (refused.has(name) && !secret.has(name)),
    ),
  );
}
