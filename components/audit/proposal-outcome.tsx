"use client";
import { Anchor, DataList, List, Stack, Text } from "@mantine/core";
import Link from "next/link";
import type { ReactNode } from "react";
import { formatDuration, formatNumber } from "#components/ui/format.ts";
import classes from "./audit.module.css";
import { PatchTable } from "./patch-table.tsx";
import type { AuditedProposal } from "./read-proposal.ts";

/** What was asked, what was proposed, by whom, at what cost, and what became of it. */
export function ProposalOutcome({ id, proposal }: { id: string; proposal: AuditedProposal }) {
  const { rationale, errors, patch, appliedPatch, pipelineId } = proposal;
  return (
    <Stack gap="md">
      <DataList size="sm" gap={4} labelWidth="110px">
        {factsOf(proposal).map(([label, value]) => (
          <DataList.Item key={label}>
            <DataList.ItemLabel>{label}</DataList.ItemLabel>
            <DataList.ItemValue className={classes.fact}>{value}</DataList.ItemValue>
          </DataList.Item>
        ))}
        {pipelineId ? (
          <DataList.Item>
            <DataList.ItemLabel>Open it</DataList.ItemLabel>
            <DataList.ItemValue>
              <Anchor
                component={Link}
                inherit
                underline="always"
                href={`/data/pipelines/${encodeURIComponent(pipelineId)}?proposal=${encodeURIComponent(id)}`}
              >
                The proposal beside its pipeline
              </Anchor>
            </DataList.ItemValue>
          </DataList.Item>
        ) : null}
      </DataList>
      {rationale ? (
        <Text fz="sm" maw="80ch" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {rationale}
        </Text>
      ) : null}
      {errors.length > 0 ? (
        <List size="sm" spacing={2}>
          {errors.map((error) => (
            <List.Item key={error}>{error}</List.Item>
          ))}
        </List>
      ) : null}
      <PatchTable title="Patch" patch={patch} />
      {appliedPatch && JSON.stringify(appliedPatch) !== JSON.stringify(patch) ? (
        <PatchTable title="Applied part of it" patch={appliedPatch} />
      ) : null}
    </Stack>
  );
}

const OUTCOMES: Record<string, string> = {
  proposed: "Proposed, waiting for a decision",
  failed: "Failed: no attempt passed the checks",
  error: "Ended with an error",
  rejected: "Rejected",
  applied: "Applied",
  stale: "Not applied: a newer version was there",
};

function factsOf(proposal: AuditedProposal): [string, ReactNode][] {
  const { outcome, message, reason, version, currentVersion, baseVersion } = proposal;
  const { retries, latencyMs, provider, model } = proposal;
  return [
    ["Outcome", OUTCOMES[outcome] ?? outcome],
    ...(reason ? [["Reason", reason] as [string, string]] : []),
    ["Asked", message || "by feedback alone"],
    ["Base version", baseVersion > 0 ? `${baseVersion}` : "none: a new pipeline"],
    ...(version ? [["Made version", `${version}`] as [string, string]] : []),
    ...(currentVersion ? [["Current version", `${currentVersion}`] as [string, string]] : []),
    ["Provider", provider],
    ["Model", model],
    ["Retries", `${retries}`],
    ["Tokens", tokensOf(proposal)],
    ["Latency", formatDuration(latencyMs)],
  ];
}

function tokensOf({ tokensUsed, inputTokens, outputTokens }: AuditedProposal): string {
  const split =
    inputTokens == null || outputTokens == null
      ? ""
      : ` (${formatNumber(inputTokens)} in, ${formatNumber(outputTokens)} out)`;
  return `${formatNumber(tokensUsed)}${split}`;
}
