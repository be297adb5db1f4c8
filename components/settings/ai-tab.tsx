"use client";
import { Badge, Code, DataList, Group, Paper, Skeleton, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useCan } from "#components/shell/session.tsx";
import { ErrorState } from "#components/ui/error-state.tsx";
import { formatNumber } from "#components/ui/format.ts";
import { Section } from "#components/ui/section.tsx";
import { limits } from "#lib/limits.ts";
import { PROVIDER_DEFAULTS } from "#lib/model/schema.ts";
import type { AiSettings } from "#lib/settings/schema.ts";
import { AiForm } from "./ai-form.tsx";
import { CHOSEN_BY, PROVIDER_NAMES } from "./ai-names.ts";
import { aiQuery } from "./ai-queries.ts";
import { LimitForm } from "./limit-form.tsx";

/** Who answers in the assistant, who chose it, and how to choose another. */
export function AiTab() {
  const ai = useQuery(aiQuery());
  const may = useCan("settings.write");
  return (
    <Stack gap="xl">
      {ai.error && !ai.data ? <ErrorState error={ai.error} onRetry={() => void ai.refetch()} /> : null}
      {ai.isPending ? <Skeleton height={150} radius="md" /> : null}
      {ai.data ? <Answering ai={ai.data} /> : null}
      {ai.data && may ? (
        <Section
          title="Choose who answers"
          description="Keys are encrypted, sent to their provider only and never shown again. What a model returns is only ever a proposal."
        >
          <AiForm saved={ai.data} />
        </Section>
      ) : null}
      {ai.data ? (
        <Section
          title="Limit"
          description={`Proposals are counted for the whole tenant, over any 60 minutes; attempts within one do not count. The limit is ${formatNumber(ai.data.proposalsPerHour ?? limits.proposalsPerHour)}${ai.data.proposalsPerHour === null ? ", the default" : ""}.`}
        >
          {may ? <LimitForm saved={ai.data} /> : null}
        </Section>
      ) : null}
      {ai.data && !may ? (
        <Text fz="xs" c="dimmed">
          An administrator can choose another provider or limit.
        </Text>
      ) : null}
    </Stack>
  );
}

function Answering({ ai }: { ai: AiSettings }) {
  const defaults = ai.provider in PROVIDER_DEFAULTS ? PROVIDER_DEFAULTS[ai.provider as "openai"] : undefined;
  const rows: [string, string | null | undefined][] =
    ai.provider === "rules"
      ? []
      : [
          ["Model", ai.model ?? defaults?.model],
          ["Address", ai.baseUrl],
          ["Region", ai.region],
          ["Key", ai.hasKey ? "set" : ai.provider === "openai-compatible" ? "none" : "missing"],
          ["Prices", pricesOf(ai)],
        ];
  return (
    <Section title="Who answers">
      <Paper p="lg">
        <Group gap="xs" mb={rows.length > 0 ? "sm" : 0}>
          <Text fw={600}>{PROVIDER_NAMES[ai.provider]}</Text>
          <Badge variant="light" color={ai.from === "tenant" ? undefined : "gray"} tt="none">
            {CHOSEN_BY[ai.from]}
          </Badge>
        </Group>
        {rows.length > 0 ? (
          <DataList size="sm" labelWidth="90px">
            {rows.map(([label, value]) =>
              value ? (
                <DataList.Item key={label}>
                  <DataList.ItemLabel>{label}</DataList.ItemLabel>
                  <DataList.ItemValue>
                    {label === "Address" || label === "Model" ? <Code>{value}</Code> : value}
                  </DataList.ItemValue>
                </DataList.Item>
              ) : null,
            )}
          </DataList>
        ) : (
          <Text fz="sm" c="dimmed" mt="xs" maw="70ch">
            It knows the everyday edits of a pipeline and says plainly what it does not understand. It needs
            no key and sends nothing anywhere.
          </Text>
        )}
      </Paper>
    </Section>
  );
}

function pricesOf({ inputPrice, outputPrice }: AiSettings): string | undefined {
  const told = [
    ...(inputPrice === null ? [] : [`$${inputPrice} in`]),
    ...(outputPrice === null ? [] : [`$${outputPrice} out`]),
  ];
  return told.length > 0 ? `${told.join(", ")} per million tokens` : undefined;
}
