import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/** A mail as it came. */
export type ReceivedMail = {
  from: string;
  to: string[];
  text: string;
  secure: boolean;
  user: string | undefined;
};

/** A mail server that keeps what it takes. */
export type MailServer = {
  port: number;
  mails: ReceivedMail[];
  /** What it says to the next mails instead of taking them, in order: a status and words, or it breaks off. */
  refusals: ({ code: number; message: string } | "cut")[];
  stop: () => Promise<void>;
};

/**
 * Starts one on a loopback port. It knows one user, `ops` with the password `let-me-in`, and refuses mail for
 * `nobody@example.org`.
 */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<MailServer> {
  const mails: ReceivedMail[] = [];
  const refusals: MailServer["refusals"] = [];
  const refuse = (code: number, message: string) => Object.assign(new Error(message), { responseCode: code });
  const server = new SMTPServer({
    logger: false,
    name: "mail.test",
    authOptional: true,
    onAuth: ({ username, password }, _session, done) =>
      username === "ops" && password === "let-me-in"
        ? done(null, { user: username })
        : done(refuse(535, "Wrong password")),
    onRcptTo: ({ address }, _session, done) =>
      address === "nobody@example.org" ? done(refuse(550, "No such user")) : done(),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const refusal = refusals.shift();
        if (refusal === "cut") return void stopConnections();
        if (refusal) return done(refuse(refusal.code, refusal.message));
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : "",
          to: rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString("utf8"),
          secure: session.secure,
          user: session.user,
        });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  const stopConnections = () => {
    for (const connection of server.connections) connection._socket?.destroy();
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(resolve);
      stopConnections();
    });
  return { port, mails, refusals, stop };
}
