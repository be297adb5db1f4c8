import type { Channel, ChannelKind, EmailConfig, Topic } from "#lib/notices/schema.ts";
import type { ChannelDraft } from "./channel-queries.ts";

/** What stands in the form of a channel, whatever its kind. */
export type ChannelValues = {
  kind: ChannelKind;
  name: string;
  url: string;
  host: string;
  port: number | string;
  security: EmailConfig["security"];
  user: string;
  from: string;
  to: string[];
  rootCert: string;
  secret: string;
  topics: Topic[];
  pipelines: string[];
};

const USUAL: Topic[] = ["run.failed", "run.recovered", "run.no_rows", "file.missed"];

/** What the form begins with: a saved channel, or a new one that is told of what goes wrong. */
export function valuesOf(saved: Channel | undefined): ChannelValues {
  const mail = saved?.kind === "email" ? saved.config : undefined;
  return {
    kind: saved?.kind ?? "webhook",
    name: saved?.name ?? "",
    url: saved && saved.kind !== "email" ? saved.config.url : "",
    host: mail?.host ?? "",
    port: mail?.port ?? 587,
    security: mail?.security ?? "starttls",
    user: mail?.user ?? "",
    from: mail?.from ?? "",
    to: mail?.to ?? [],
    rootCert: mail?.rootCert ?? "",
    secret: "",
    topics: saved?.topics ?? USUAL,
    pipelines: saved?.pipelines ?? [],
  };
}

/** The part of the form that says where messages go. */
export function draftOf(values: ChannelValues): ChannelDraft {
  const secret = values.secret ? { secret: values.secret } : {};
  if (values.kind !== "email") return { kind: values.kind, config: { url: values.url.trim() }, ...secret };
  const config = {
    host: values.host.trim(),
    port: Number(values.port),
    security: values.security,
    from: values.from.trim(),
    to: values.to,
    ...(values.user ? { user: values.user } : {}),
    ...(values.rootCert.trim() && values.security !== "none" ? { rootCert: values.rootCert } : {}),
  };
  return { kind: "email", config, ...secret };
}

/** What is missing before the form can be sent or tried. */
export const missing = {
  name: (value: string) => (value.trim() ? null : "Say what to call it"),
  url: (value: string, { kind }: ChannelValues) =>
    kind === "email" || /^https?:\/\/\S+$/.test(value.trim()) ? null : "An address that begins with https://",
  host: (value: string, { kind }: ChannelValues) => (kind !== "email" || value.trim() ? null : "Required"),
  from: (value: string, { kind }: ChannelValues) =>
    kind !== "email" || value.includes("@") ? null : "The address that mails come from",
  to: (value: string[], { kind }: ChannelValues) =>
    kind !== "email" || value.length > 0 ? null : "Give at least one address",
};

/** A new key for signatures, as Standard Webhooks writes one. */
export function newKey(): string {
  return `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;
}
