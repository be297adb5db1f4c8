"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";
import { useUrlState } from "#components/ui/use-url-state.ts";
import { isApiError, setupAgent } from "#lib/client/index.ts";
import type { StageReport } from "#lib/connectors/schema.ts";
import type { SetupReply, SetupSessionView } from "#lib/setup/schema.ts";
import type { SourceFields } from "#lib/sources/schema.ts";
import { hideSecrets } from "./hide-secrets.ts";
import { recentQuery, sessionQuery } from "./queries.ts";

/** What a person says: words, or fields, or both. `shown` stands in the conversation meanwhile. */
export type Saying = { message?: string; fields?: SourceFields; shown?: string };

/** What was sent and is not answered yet, or could not be. */
export type Sending = { shown: string; stages: StageReport[]; error?: unknown };

/** One conversation: as it stands, and how to go on. Secrets pass through and stay nowhere. */
export type SetupTalk = {
  id: string | undefined;
  view: SetupSessionView | undefined;
  loading: boolean;
  error: unknown;
  sending: Sending | undefined;
  busy: boolean;
  /** Resolves to the answer; undefined if there was none. */
  say: (saying: Saying) => Promise<SetupReply | undefined>;
  /** Sends once more what was not answered. It is one message, however often it is sent. */
  again: () => void;
  reload: () => void;
  /** Leaves this conversation as it is, for a new one. */
  leave: () => void;
};

/** The conversation that the address names; without one the first message begins one. */
export function useSetup(): SetupTalk {
  const { get, set } = useUrlState();
  const client = useQueryClient();
  const id = get("session");
  const current = useQuery({ ...sessionQuery(id ?? ""), enabled: id !== undefined });
  const [sending, setSending] = useState<Sending>();
  const unsent = useRef<{ saying: Saying; key: string }>(undefined);
  const going = useRef(false);

  const deliver = useCallback(
    async (saying: Saying, key: string): Promise<SetupReply | undefined> => {
      if (going.current) return undefined;
      going.current = true;
      unsent.current = { saying, key };
      const shown = saying.shown ?? hideSecrets(saying.message ?? "");
      setSending({ shown, stages: [] });
      try {
        const at = id ?? (await begin(set));
        const reply = await setupAgent.chat(
          at,
          {
            message: saying.message ?? "",
            ...(saying.fields && { fields: saying.fields }),
            idempotency_key: key,
          },
          {
            onStage: (stage) =>
              setSending((before) => before && { ...before, stages: [...before.stages, stage] }),
          },
        );
        unsent.current = undefined;
        // A reading that began before this answer does not know of it, and would be taken for ours.
        await client.cancelQueries({ queryKey: sessionQuery(at).queryKey });
        await client.fetchQuery({ ...sessionQuery(at), staleTime: 0 });
        setSending(undefined);
        return reply;
      } catch (error) {
        setSending((before) => before && { ...before, error });
        // It has expired or is gone: the conversation itself tells.
        if (id && isApiError(error) && (error.status === 410 || error.status === 404)) void current.refetch();
        return undefined;
      } finally {
        going.current = false;
        void client.invalidateQueries({ queryKey: recentQuery.queryKey, refetchType: "none" });
      }
    },
    [id, set, client, current.refetch],
  );

  return {
    id,
    view: current.data,
    loading: id !== undefined && current.isPending,
    error: current.error,
    sending,
    busy: (sending !== undefined && sending.error === undefined) || current.data?.busy === true,
    say: (saying) => deliver(saying, crypto.randomUUID()),
    again: () => {
      if (unsent.current) void deliver(unsent.current.saying, unsent.current.key);
    },
    reload: () => void current.refetch(),
    leave: () => {
      unsent.current = undefined;
      setSending(undefined);
      set({ session: undefined, mode: undefined });
    },
  };
}

async function begin(set: (changes: Record<string, string>) => void): Promise<string> {
  const { session_id } = await setupAgent.start();
  set({ session: session_id });
  return session_id;
}
