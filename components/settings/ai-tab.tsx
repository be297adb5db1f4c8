"use client";
import { Code, DataList, Paper, Stack, Text } from "@mantine/core";
import { Section } from "#components/ui/section.tsx";
import type { Provider } from "#lib/model/schema.ts";

/** Which provider answers, as the environment chose it. The key itself never comes here. */
export type Answering = {
  provider: Provider;
  model: string | undefined;
  baseUrl: string | undefined;
  hasKey: boolean;
};

const NAMES: Record<Answering["provider"], string> = {
  rules: "Built-in rules assistant",
  openai: "OpenAI",
  anthropic: "Anthropic",
  google: "Google",
  "amazon-bedrock": "Amazon Bedrock",
  "openai-compatible": "OpenAI-compatible server",
};

const VARIABLES: [string, string][] = [
  ["PENSTOCK_AI_PROVIDER", "rules, openai, anthropic or openai-compatible"],
  ["PENSTOCK_AI_MODEL", "the model's name at that provider"],
  ["PENSTOCK_AI_KEY", "the provider's key; it is sent to that provider only"],
  ["PENSTOCK_AI_BASE_URL", "the address of an OpenAI-compatible server, such as a local one"],
];

/** Who answers in the assistant, and how to choose another. */
export function AiTab({ answering }: { answering: Answering }) {
  const needsKey = answering.provider === "openai" || answering.provider === "anthropic";
  return (
    <Stack gap="xl">
      <Section title="Who answers">
        <Paper p="lg">
          <DataList size="sm" labelWidth="110px">
            <DataList.Item>
              <DataList.ItemLabel>Provider</DataList.ItemLabel>
              <DataList.ItemValue>{NAMES[answering.provider]}</DataList.ItemValue>
            </DataList.Item>
            {answering.provider === "rules" ? null : (
              <>
                <DataList.Item>
                  <DataList.ItemLabel>Model</DataList.ItemLabel>
                  <DataList.ItemValue>{answering.model ?? "the provider's default"}</DataList.ItemValue>
                </DataList.Item>
                {answering.baseUrl ? (
                  <DataList.Item>
                    <DataList.ItemLabel>Address</DataList.ItemLabel>
                    <DataList.ItemValue>
                      <Code>{answering.baseUrl}</Code>
                    </DataList.ItemValue>
                  </DataList.Item>
                ) : null}
                <DataList.Item>
                  <DataList.ItemLabel>Key</DataList.ItemLabel>
                  <DataList.ItemValue>
                    {answering.hasKey ? "set" : needsKey ? "missing: set PENSTOCK_AI_KEY" : "none"}
                  </DataList.ItemValue>
                </DataList.Item>
              </>
            )}
          </DataList>
          {answering.provider === "rules" ? (
            <Text fz="sm" c="dimmed" mt="sm" maw="70ch">
              It knows the everyday edits of a pipeline and says plainly what it does not understand. It needs
              no key and sends nothing anywhere.
            </Text>
          ) : null}
        </Paper>
      </Section>
      <Section
        title="Choose another"
        description="Set these in the environment and restart. What the provider returns is only ever a proposal."
      >
        <Paper p="lg">
          <DataList size="sm" orientation="vertical" gap="sm">
            {VARIABLES.map(([name, meaning]) => (
              <DataList.Item key={name}>
                <DataList.ItemLabel>
                  <Code>{name}</Code>
                </DataList.ItemLabel>
                <DataList.ItemValue>{meaning}</DataList.ItemValue>
              </DataList.Item>
            ))}
          </DataList>
        </Paper>
      </Section>
    </Stack>
  );
}
