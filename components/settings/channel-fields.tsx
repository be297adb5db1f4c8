"use client";
import {
  Anchor,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  Select,
  SimpleGrid,
  TagsInput,
  Textarea,
  TextInput,
} from "@mantine/core";
import type { UseFormReturnType } from "@mantine/form";
import type { Channel } from "#lib/notices/schema.ts";
import { type ChannelValues, newKey } from "./channel-values.ts";

type Form = UseFormReturnType<ChannelValues>;
type Fields = { form: Form; saved: Channel | undefined };

const SECURITY = [
  { value: "starttls", label: "STARTTLS: encrypted after the greeting" },
  { value: "tls", label: "TLS: encrypted from the first byte" },
  { value: "none", label: "None" },
] as const;

/** Where a webhook or a collector of lineage is, and its secret. */
export function WebFields({ form, saved }: Fields) {
  const webhook = form.values.kind === "webhook";
  return (
    <>
      <TextInput
        label="Address"
        placeholder={
          webhook ? "https://hooks.example.org/penstock" : "https://collector.example.org/api/v1/lineage"
        }
        description={
          webhook
            ? "Messages are posted to it as JSON"
            : "Events of OpenLineage are posted to it as runs begin and end"
        }
        spellCheck={false}
        {...form.getInputProps("url")}
      />
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <PasswordInput
          flex={1}
          label={webhook ? "Key of the signature" : "Bearer token"}
          description={
            webhook ? (
              <>
                Lets the receiver tell that messages come from here.{" "}
                <Anchor href="https://www.standardwebhooks.com" target="_blank" rel="noreferrer" inherit>
                  Standard Webhooks
                </Anchor>
              </>
            ) : (
              "Empty: none is sent"
            )
          }
          placeholder={saved?.hasSecret ? "Unchanged" : "None"}
          autoComplete="new-password"
          {...form.getInputProps("secret")}
        />
        {webhook ? (
          <Button variant="default" onClick={() => form.setFieldValue("secret", newKey())}>
            Generate
          </Button>
        ) : null}
      </Group>
    </>
  );
}

/** The mail server, and who writes to whom. */
export function MailFields({ form, saved }: Fields) {
  return (
    <>
      <Group gap="sm" align="flex-start">
        <TextInput label="Mail server" flex="1 1 220px" spellCheck={false} {...form.getInputProps("host")} />
        <NumberInput label="Port" w={110} min={1} max={65_535} hideControls {...form.getInputProps("port")} />
      </Group>
      <Select label="Encryption" data={SECURITY} allowDeselect={false} {...form.getInputProps("security")} />
      {form.values.security === "none" ? null : (
        <>
          <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
            <TextInput
              label="User name"
              placeholder="None"
              autoComplete="off"
              spellCheck={false}
              {...form.getInputProps("user")}
            />
            <PasswordInput
              label="Password"
              placeholder={saved?.hasSecret ? "Unchanged" : "None"}
              autoComplete="new-password"
              {...form.getInputProps("secret")}
            />
          </SimpleGrid>
          <Textarea
            label="Certificate authority"
            description="PEM text; empty: the authorities that this machine trusts"
            autosize
            minRows={1}
            maxRows={8}
            styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
            {...form.getInputProps("rootCert")}
          />
        </>
      )}
      <TextInput
        label="From"
        placeholder="penstock@example.org"
        spellCheck={false}
        {...form.getInputProps("from")}
      />
      <TagsInput
        label="To"
        placeholder={form.values.to.length === 0 ? "Type an address, then Enter" : ""}
        acceptValueOnBlur
        {...form.getInputProps("to")}
      />
    </>
  );
}
