"use client";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { pipelineIrQuery } from "#components/pipelines/queries.ts";
import { runsQuery } from "#components/runs/queries.ts";
import { tablesQuery } from "#components/warehouse/queries.ts";
import type { PipelineIr } from "#lib/ir/schema.ts";
import { irCandidates, runCandidates, tableCandidates } from "./mention-candidates.ts";
import type { Candidate } from "./mentions.ts";

/**
 * What a message may point at. Nothing is asked for before `wanted`; what could not be loaded is left out.
 * @param proposed the document of the open proposal: a follow-up may speak of what it would add.
 */
export function useMentionCandidates(
  pipelineId: string | undefined,
  proposed: PipelineIr | undefined,
  wanted: boolean,
): { candidates: Candidate[]; pending: boolean } {
  const own = wanted && pipelineId !== undefined;
  const document = useQuery({ ...pipelineIrQuery(pipelineId ?? ""), enabled: own && !proposed });
  const tables = useQuery({ ...tablesQuery, enabled: wanted });
  const runs = useQuery({ ...runsQuery({ pipeline: pipelineId ?? "" }), enabled: own });
  const ir = proposed ?? document.data?.ir;
  const candidates = useMemo(
    () =>
      wanted
        ? [
            ...(ir ? irCandidates(ir) : []),
            ...(tables.data ? tableCandidates(tables.data) : []),
            ...(runs.data && own ? runCandidates(runs.data, Date.now()) : []),
          ]
        : [],
    [wanted, own, ir, tables.data, runs.data],
  );
  return { candidates, pending: [document, tables, runs].some((one) => one.isLoading) };
}
