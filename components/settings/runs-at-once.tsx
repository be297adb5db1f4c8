"use client";
import { Button, Group, NumberInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { formatNumber } from "#components/ui/format.ts";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { fieldErrors } from "#lib/client/index.ts";
import { limits } from "#lib/limits.ts";
import { type Settings, settingsQuery, updateSettings } from "./queries.ts";

type Values = { runsAtOnce: number | string };

/** How many of the tenant's runs are under way at once, on all workers; empty is the usual number. */
export function RunsAtOnce({ settings, may }: { settings: Settings; may: boolean }) {
  const client = useQueryClient();
  const form = useForm<Values>({
    initialValues: valuesOf(settings),
    validate: {
      runsAtOnce: (value) =>
        value === "" || (Number(value) >= 1 && Number(value) <= limits.runsAtOnceMax)
          ? null
          : `must be from 1 to ${formatNumber(limits.runsAtOnceMax)}`,
    },
  });
  const save = useMutation({
    mutationFn: ({ runsAtOnce }: Values) =>
      updateSettings({ runsAtOnce: runsAtOnce === "" ? null : Number(runsAtOnce) }),
    onError: (error) => {
      const errors = fieldErrors(error);
      form.setErrors(errors);
      if (Object.keys(errors).length === 0) notifyError("The limit was not saved", error);
    },
    onSuccess: (saved) => {
      client.setQueryData(settingsQuery().queryKey, saved);
      form.setInitialValues(valuesOf(saved));
      form.setValues(valuesOf(saved));
      form.resetDirty(valuesOf(saved));
      const most = saved.runsAtOnce ?? limits.runsAtOnce;
      notifyDone(
        most === 1 ? "Runs go one by one from now on" : `${formatNumber(most)} runs at once from now on`,
      );
    },
  });
  return (
    <form noValidate onSubmit={form.onSubmit((values) => save.mutate(values))}>
      <Group align="flex-start" gap="xs">
        <NumberInput
          label="Runs at once"
          description={`On all workers together; others wait for their turn. Left empty: the default, ${formatNumber(limits.runsAtOnce)}`}
          placeholder={String(limits.runsAtOnce)}
          inputWrapperOrder={["label", "input", "description", "error"]}
          min={1}
          max={limits.runsAtOnceMax}
          clampBehavior="none"
          allowDecimal={false}
          allowNegative={false}
          thousandSeparator=","
          disabled={!may}
          w={280}
          {...form.getInputProps("runsAtOnce")}
        />
        {may ? (
          <Button type="submit" variant="default" mt={24} loading={save.isPending} disabled={!form.isDirty()}>
            Set limit
          </Button>
        ) : null}
      </Group>
    </form>
  );
}

const valuesOf = ({ runsAtOnce }: Settings): Values => ({ runsAtOnce: runsAtOnce ?? "" });
