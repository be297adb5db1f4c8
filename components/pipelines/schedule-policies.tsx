"use client";
import { Group, NativeSelect } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useCan } from "#components/shell/session.tsx";
import { notifyError } from "#components/ui/notify.ts";
import type { PipelineIr, TimedSchedule } from "#lib/ir/schema.ts";
import { pipelineIrQuery, refreshPipelines, saveIr } from "./queries.ts";

const ON_MISSED = [
  { value: "once", label: "One run, for the latest" },
  { value: "skip", label: "No run" },
  { value: "all", label: "One run each, oldest first" },
];
const OVERLAP = [
  { value: "queue", label: "It waits for the end of the run" },
  { value: "skip", label: "It is left out" },
];

type Policies = Pick<TimedSchedule, "onMissed" | "overlap">;

/** What becomes of times that were missed, or that meet a run. They are part of the document: each change is a version. */
export function SchedulePolicies({ id, schedule }: { id: string; schedule: TimedSchedule }) {
  const client = useQueryClient();
  const mayWrite = useCan("pipelines.write");
  const save = useMutation({
    mutationFn: async (wanted: Policies) => {
      const { ir, version } = await client.fetchQuery({ ...pipelineIrQuery(id), staleTime: 0 });
      return saveIr(id, withPolicies(ir, wanted), version);
    },
    onSuccess: () => refreshPipelines(client),
    onError: (error) => notifyError("The schedule was not changed", error),
  });
  const shown = { ...schedule, ...(save.isPending ? save.variables : {}) };
  const onMissed = shown.onMissed ?? "once";
  const overlap = shown.overlap ?? "queue";
  return (
    <Group gap="sm" align="flex-end">
      <NativeSelect
        label="Times missed while no worker ran"
        // What makes up for each time cannot leave times out.
        data={ON_MISSED.map((one) => ({ ...one, disabled: one.value === "all" && overlap === "skip" }))}
        value={onMissed}
        disabled={!mayWrite || save.isPending}
        onChange={(event) => save.mutate({ onMissed: event.currentTarget.value as typeof onMissed })}
        flex="1 1 240px"
      />
      <NativeSelect
        label="A time that comes during a run"
        data={OVERLAP.map((one) => ({ ...one, disabled: one.value === "skip" && onMissed === "all" }))}
        value={overlap}
        disabled={!mayWrite || save.isPending}
        onChange={(event) => save.mutate({ overlap: event.currentTarget.value as typeof overlap })}
        flex="1 1 240px"
      />
    </Group>
  );
}

/** The document with its schedule's policies as wanted; what is the rule anyway is not written down. */
function withPolicies(ir: PipelineIr, wanted: Policies): PipelineIr {
  if (!ir.schedule || ir.schedule.kind === "file_arrival") return ir;
  const { onMissed, overlap, ...times } = { ...ir.schedule, ...wanted };
  const policies = {
    ...(onMissed && onMissed !== "once" && { onMissed }),
    ...(overlap && overlap !== "queue" && { overlap }),
  };
  return { ...ir, schedule: { ...times, ...policies } as TimedSchedule };
}
