"use client";
import { Button, Group, NumberInput, Paper } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { notifyDone } from "#components/ui/notify.ts";
import { fieldErrors } from "#lib/client/index.ts";
import { limits } from "#lib/limits.ts";
import type { AiSettings } from "#lib/settings/schema.ts";
import { aiQuery, saveProposalLimit } from "./ai-queries.ts";

type Values = { proposalsPerHour: number | string };

/** How many proposals the tenant may ask for in an hour; empty is the usual number. */
export function LimitForm({ saved }: { saved: AiSettings }) {
  const client = useQueryClient();
  const form = useForm<Values>({
    initialValues: valuesOf(saved),
    validate: {
      proposalsPerHour: (value) =>
        value === "" || (Number(value) >= 1 && Number(value) <= limits.proposalsPerHourMax)
          ? null
          : `must be from 1 to ${formatNumber(limits.proposalsPerHourMax)}`,
    },
  });
  const save = useMutation({
    mutationFn: ({ proposalsPerHour }: Values) =>
      saveProposalLimit(proposalsPerHour === "" ? null : Number(proposalsPerHour)),
    onError: (error) => form.setErrors(fieldErrors(error)),
    onSuccess: (ai) => {
      client.setQueryData(aiQuery().queryKey, ai);
      form.setInitialValues(valuesOf(ai));
      form.setValues(valuesOf(ai));
      form.resetDirty(valuesOf(ai));
      const limit = formatNumber(ai.proposalsPerHour ?? limits.proposalsPerHour);
      notifyDone(`The limit is ${limit} an hour from now on`);
    },
  });
  return (
    <Paper p="lg">
      <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
        <Group align="flex-start" gap="sm" maw={620}>
          <NumberInput
            label="Proposals per hour"
            description={`Left empty: the default, ${formatNumber(limits.proposalsPerHour)}`}
            placeholder={String(limits.proposalsPerHour)}
            inputWrapperOrder={["label", "input", "description", "error"]}
            min={1}
            max={limits.proposalsPerHourMax}
            clampBehavior="none"
            allowDecimal={false}
            allowNegative={false}
            thousandSeparator=","
            w={220}
            {...form.getInputProps("proposalsPerHour")}
          />
          <Button type="submit" mt={24} loading={save.isPending} disabled={!form.isDirty()}>
            Set limit
          </Button>
        </Group>
        {save.error && Object.keys(fieldErrors(save.error)).length === 0 ? (
          <ErrorState error={save.error} title="The limit was not saved" />
        ) : null}
      </form>
    </Paper>
  );
}

const valuesOf = ({ proposalsPerHour }: AiSettings): Values => ({ proposalsPerHour: proposalsPerHour ?? "" });
