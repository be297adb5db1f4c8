import type { Socket } from "node:net";
import { createTransport, type Transporter } from "nodemailer";
import { codedError, codeOf, networkFinding, openSocket } from "#lib/connectors/index.ts";
import { publicUrl } from "#lib/env.ts";
import { messageOf } from "#lib/errors.ts";
import { limits } from "#lib/limits.ts";
import { reach } from "#lib/outbound.ts";
import type { OpenedChannel } from "./load-channel.ts";
import { mailText } from "./mail-text.ts";
import type { Notice } from "./notice.ts";
import type { Outcome, Sent } from "./outcome.ts";
import { wordsOf } from "./words.ts";

/** A mailbox as a channel, its password in the clear. */
export type EmailChannel = Extract<OpenedChannel, { kind: "email" }>;

/** Sends a notice as a mail, by SMTP. Its Message-ID is the same at every attempt. */
export async function sendMail(channel: EmailChannel, sent: Sent, signal: AbortSignal): Promise<Outcome> {
  try {
    return await withTransport(channel, signal, (transport) => mailThrough(transport, channel, sent));
  } catch (error) {
    return mailFault(channel, error);
  }
}

/** Sends a mail through a transport that is set up. @throws what nodemailer does */
export async function mailThrough(
  transport: Transporter,
  { config: { from, to } }: EmailChannel,
  { id, body }: Sent,
): Promise<Outcome> {
  const messageId = `<${id}@${from.split("@").at(-1)}>`;
  const { rejected } = await transport.sendMail({ from, to, messageId, ...mailText(body as Notice) });
  const refused = (rejected as string[]).join(", ");
  const taken = "The mail server took the message.";
  return refused ? { taken, but: `The mail server refused to deliver to ${refused}` } : { taken };
}

/**
 * Hands over a transport whose one connection goes to an address that the outbound guard allowed. The connection is
 * closed afterwards, or when the signal says so.
 */
export async function withTransport<T>(
  { config, secret }: EmailChannel,
  signal: AbortSignal,
  use: (transport: Transporter) => Promise<T>,
): Promise<T> {
  const { host, port, security, user, rootCert } = config;
  const name = new URL(publicUrl()).hostname;
  const sockets: Socket[] = [];
  const close = () => {
    for (const socket of sockets) socket.destroy();
  };
  const transport = createTransport({
    ...{ host, port, secure: security === "tls", requireTLS: security === "starttls" },
    ignoreTLS: security === "none",
    ...(name.includes(".") && { name }),
    ...(user !== undefined && { auth: { user, pass: secret ?? "" } }),
    ...(rootCert !== undefined && { tls: { ca: rootCert } }),
    connectionTimeout: limits.noticeMs,
    greetingTimeout: limits.noticeMs,
    socketTimeout: limits.noticeMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    getSocket: (_options, done) => {
      const open = async () => {
        const socket = await openSocket(await reach({ host, port }), signal);
        sockets.push(socket);
        return socket;
      };
      open().then(
        (connection) => done(null, { connection }),
        (error: Error) => done(error, undefined),
      );
    },
  });
  signal.addEventListener("abort", close, { once: true });
  try {
    return await use(transport);
  } finally {
    signal.removeEventListener("abort", close);
    transport.close();
    close();
  }
}

/** What went wrong with a mail, in words, and the field to mend. */
export function mailFault(
  { config: { host, port } }: EmailChannel,
  error: unknown,
): Outcome & { error: string } {
  const code = codeOf(error);
  const answered = error && typeof error === "object" && "response" in error ? String(error.response) : "";
  if (code === "EAUTH")
    return { error: `${host} refused the user or the password: ${wordsOf(error)}`, field: "secret" };
  const known = networkFinding("connect", rootOf(error), { host, port }, { tls: "security", ca: "rootCert" });
  if (known) return { error: known.message, field: known.field };
  if (code === "ETLS")
    return { error: `${host} does not offer encryption here: ${wordsOf(error)}`, field: "security" };
  if (answered) return { error: `${host} answered: ${wordsOf(new Error(answered))}` };
  return { error: wordsOf(error) };
}

/** nodemailer gives its own codes; the system's stands beside them. */
function rootOf(error: unknown): unknown {
  const own = error && typeof error === "object" && "originalCode" in error ? error.originalCode : undefined;
  return typeof own === "string" ? codedError(own, messageOf(error)) : error;
}
