"use client";
import {
  Button,
  Group,
  NumberInput,
  Paper,
  PasswordInput,
  Select,
  SimpleGrid,
  Stack,
  Switch,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ErrorState } from "#components/ui/error-state.tsx";
import { notifyDone, notifyError } from "#components/ui/notify.ts";
import { fieldErrors } from "#lib/client/index.ts";
import { PROVIDER_DEFAULTS, PROVIDERS, type Provider } from "#lib/model/schema.ts";
import type { AiSettings } from "#lib/settings/schema.ts";
import { LAYER_NAMES, PROVIDER_NAMES } from "./ai-names.ts";
import { type AiChoice, aiQuery, clearAi, saveAi, testAi } from "./ai-queries.ts";
import { StageList } from "./stage-list.tsx";

type Values = {
  provider: Provider;
  model: string;
  key: string;
  baseUrl: string;
  region: string;
  accessKeyId: string;
  structured: boolean;
  inputPrice: number | string;
  outputPrice: number | string;
};

const OPTIONS = PROVIDERS.map((value) => ({ value, label: PROVIDER_NAMES[value] }));

/** Chooses the tenant's provider; the choice can be tried before it is saved. */
export function AiForm({ saved }: { saved: AiSettings }) {
  const client = useQueryClient();
  const form = useForm<Values>({ initialValues: valuesOf(saved) });
  const { values } = form;
  // The environment's key is the operator's: only the tenant's own is kept.
  const own = saved.from === "tenant" && saved.provider === values.provider;
  const defaults: { model: string; baseUrl: string } | undefined =
    values.provider in PROVIDER_DEFAULTS ? PROVIDER_DEFAULTS[values.provider as "openai"] : undefined;
  const onError = (error: unknown) => form.setErrors(fieldErrors(error));
  const test = useMutation({
    mutationFn: () => testAi(form.isDirty() ? choiceOf(values) : {}),
    onError,
  });
  const settle = (ai: AiSettings, said: string) => {
    client.setQueryData(aiQuery().queryKey, ai);
    form.setInitialValues(valuesOf(ai));
    form.setValues(valuesOf(ai));
    form.resetDirty(valuesOf(ai));
    notifyDone(said);
  };
  const save = useMutation({
    mutationFn: () => saveAi(choiceOf(values)),
    onError,
    onSuccess: (ai) => settle(ai, `${PROVIDER_NAMES[ai.provider]} answers from now on`),
  });
  const clear = useMutation({
    mutationFn: clearAi,
    onError: (error) => notifyError("The default was not restored", error),
    onSuccess: (ai) => {
      test.reset();
      settle(ai, `${PROVIDER_NAMES[ai.provider]} answers again`);
    },
  });
  function choose(provider: string | null) {
    if (!provider) return;
    const back = provider === saved.provider ? valuesOf(saved) : EMPTY;
    form.setValues({ ...back, provider: provider as Provider });
    form.clearErrors();
    test.reset();
  }
  const error = save.error ?? test.error;
  const text = (
    name: "model" | "baseUrl" | "region" | "accessKeyId",
    label: string,
    placeholder: string,
    about?: string,
  ) => (
    <TextInput
      label={label}
      description={about}
      placeholder={placeholder}
      spellCheck={false}
      autoComplete="off"
      inputWrapperOrder={["label", "input", "description", "error"]}
      {...form.getInputProps(name)}
    />
  );
  const price = (name: "inputPrice" | "outputPrice", label: string) => (
    <NumberInput
      label={label}
      placeholder="not shown"
      prefix="$"
      min={0}
      max={100_000}
      decimalScale={4}
      hideControls
      {...form.getInputProps(name)}
    />
  );
  return (
    <Paper p="lg">
      <form
        noValidate
        onSubmit={form.onSubmit(() => {
          form.clearErrors();
          save.mutate();
        })}
      >
        <Stack gap="sm" maw={620}>
          <Select
            label="Provider"
            data={OPTIONS}
            allowDeselect={false}
            value={values.provider}
            onChange={choose}
          />
          {values.provider === "rules" ? null : (
            <>
              {text("model", "Model", defaults?.model ?? "the name that the server knows")}
              {values.provider === "amazon-bedrock" ? (
                <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
                  {text("region", "Region", "eu-central-1")}
                  {text("accessKeyId", "Access key id", "none", "Leave empty to use a Bedrock API key")}
                </SimpleGrid>
              ) : null}
              <PasswordInput
                label={
                  values.provider === "amazon-bedrock" && values.accessKeyId ? "Secret access key" : "Key"
                }
                placeholder={
                  own && saved.hasKey
                    ? "•••••••• kept"
                    : values.provider === "openai-compatible"
                      ? "if the server wants one"
                      : ""
                }
                autoComplete="new-password"
                {...form.getInputProps("key")}
              />
              {text(
                "baseUrl",
                "Base URL",
                defaults?.baseUrl.replace("{region}", values.region || "{region}") ??
                  "http://localhost:11434/v1",
                defaults ? "Leave empty unless you go through a gateway" : undefined,
              )}
              {values.provider === "openai-compatible" ? (
                <Switch
                  label="The server takes a JSON Schema"
                  description="As response_format of type json_schema. Without it Penstock refuses to ask."
                  {...form.getInputProps("structured", { type: "checkbox" })}
                />
              ) : null}
              <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
                {price("inputPrice", "Price of a million tokens in")}
                {price("outputPrice", "Price of a million tokens out")}
              </SimpleGrid>
              <StageList
                names={LAYER_NAMES}
                results={test.data && new Map(test.data.layers.map((one) => [one.layer, one]))}
                pending={test.isPending}
              />
            </>
          )}
          {error && Object.keys(fieldErrors(error)).length === 0 ? (
            <ErrorState
              error={error}
              title={save.error ? "The choice was not saved" : "The test did not run"}
            />
          ) : null}
          <Group justify="space-between" mt="xs">
            <Group gap="xs">
              <Button type="submit" loading={save.isPending} disabled={!form.isDirty()}>
                Save
              </Button>
              {values.provider === "rules" ? null : (
                <Button
                  variant="default"
                  loading={test.isPending}
                  onClick={() => {
                    form.clearErrors();
                    save.reset();
                    test.mutate();
                  }}
                >
                  Test
                </Button>
              )}
            </Group>
            {saved.from === "tenant" ? (
              <Button variant="subtle" color="gray" loading={clear.isPending} onClick={() => clear.mutate()}>
                Use the default again
              </Button>
            ) : null}
          </Group>
        </Stack>
      </form>
    </Paper>
  );
}

const EMPTY: Omit<Values, "provider"> = {
  model: "",
  key: "",
  baseUrl: "",
  region: "",
  accessKeyId: "",
  structured: true,
  inputPrice: "",
  outputPrice: "",
};

function valuesOf(ai: AiSettings): Values {
  return {
    provider: ai.provider,
    model: ai.model ?? "",
    key: "",
    baseUrl: ai.baseUrl ?? "",
    region: ai.region ?? "",
    accessKeyId: ai.accessKeyId ?? "",
    structured: ai.structured,
    inputPrice: ai.inputPrice ?? "",
    outputPrice: ai.outputPrice ?? "",
  };
}

function choiceOf({ key, inputPrice, outputPrice, ...rest }: Values): AiChoice {
  const orNull = (text: string) => text.trim() || null;
  const priceOf = (price: number | string) => (price === "" ? null : Number(price));
  return {
    provider: rest.provider,
    model: orNull(rest.model),
    baseUrl: orNull(rest.baseUrl),
    region: orNull(rest.region),
    accessKeyId: orNull(rest.accessKeyId),
    structured: rest.structured,
    inputPrice: priceOf(inputPrice),
    outputPrice: priceOf(outputPrice),
    ...(key ? { key } : {}),
  };
}
