"use client";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { RunProgress } from "#lib/runs/schema.ts";
import { isOver, runEventsPath, runQuery } from "./queries.ts";

/** A run, kept current by the server's stream while it is not over. */
export function useRun(runId: string) {
  const client = useQueryClient();
  const run = useQuery(runQuery(runId));
  const live = run.data !== undefined && !isOver(run.data.status);
  useEffect(() => {
    if (!live) return;
    const stream = new EventSource(runEventsPath(runId));
    stream.addEventListener("progress", (event) => {
      const progress = JSON.parse((event as MessageEvent<string>).data) as RunProgress;
      client.setQueryData(runQuery(runId).queryKey, progress);
      if (isOver(progress.status)) {
        client.invalidateQueries({ queryKey: ["runs"] });
        client.invalidateQueries({ queryKey: ["pipelines"] });
      }
    });
    return () => stream.close();
  }, [live, runId, client]);
  return { run, live };
}
