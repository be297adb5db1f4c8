import { afterEach, describe, expect, test } from "vitest";
import { createAuthority } from "#tests/certificates.ts";
import { type MailServer, startMailServer } from "#tests/servers/mailbox.ts";
import { deliver } from "./deliver.ts";
import type { OpenedChannel } from "./load-channel.ts";
import type { Notice } from "./notice.ts";
import type { EmailConfig } from "./schema.ts";

const authority = createAuthority("Mail test");
const certificate = authority.issue("DNS:localhost,IP:127.0.0.1");
const notice: Notice = {
  type: "run.failed",
  timestamp: "2026-03-04T05:06:07.000Z",
  data: {
    summary: "Orders <nightly> failed at load: The destination refused the rows",
    tenant: "t_demo",
    pipeline: {
      id: "p",
      slug: "orders",
      name: "Orders <nightly>",
      url: "http://localhost:3000/data/pipelines/p",
    },
    error: {
      code: "load_failed",
      message: "The destination refused the rows",
      nodeId: "load",
      hint: "Widen it",
    },
    run: {
      ...{
        id: "r",
        url: "http://localhost:3000/data/runs/r",
        version: 3,
        status: "failed",
        trigger: "schedule",
      },
      ...{ attempt: 1, rows: { read: 1200, loaded: 0, rejected: 7 } },
      ...{ scheduledFor: null, startedAt: null, finishedAt: "2026-03-04T05:06:07.000Z" },
    },
    problem: { since: "2026-03-04T01:00:00.000Z", seen: 12, seenSinceLast: 4 },
  },
};
const message = { id: "0198-message", topic: "run.failed", body: notice };

describe("a mail", () => {
  const servers: MailServer[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map(({ stop }) => stop()));
  });
  const start = async (options?: Parameters<typeof startMailServer>[0]) => {
    const server = await startMailServer(options);
    servers.push(server);
    return server;
  };
  const send = (port: number, config: Partial<EmailConfig>, secret?: string, ms?: number) => {
    const channel: OpenedChannel = {
      kind: "email",
      secret,
      config: {
        ...{ host: "localhost", port, security: "starttls", from: "penstock@example.org" },
        ...{ to: ["ops@example.org"], rootCert: authority.root, ...config },
      },
    };
    return deliver(channel, message, undefined, ms);
  };

  test("says in text and in HTML what failed where, and is told apart from its doubles", async () => {
    const server = await start(certificate);
    const outcome = await send(server.port, { user: "ops" }, "let-me-in");
    expect(outcome).toEqual({ taken: "The mail server took the message." });
    const [mail] = server.mails;
    expect(mail).toMatchObject({
      from: "penstock@example.org",
      to: ["ops@example.org"],
      secure: true,
      user: "ops",
    });
    expect(mail?.text).toContain("Subject: [Penstock] Failed: Orders <nightly> (12 times)");
    expect(mail?.text).toContain("Message-ID: <0198-message@example.org>");
    expect(mail?.text).toContain("Rows: 1,200 read, 0 loaded, 7 rejected");
    expect(mail?.text).toContain("Goes on: 12 times since 2026-03-04 01:00:00 UTC");
    expect(mail?.text).toContain("http://localhost:3000/data/runs/r");
    expect(mail?.text).toContain("Orders &lt;nightly&gt; failed at load");
  });

  test("goes encrypted from the first byte, or not at all encrypted, where that is asked for", async () => {
    const [tls, none] = [
      await start({ ...certificate, secure: true }),
      await start({ disabledCommands: ["STARTTLS"] }),
    ];
    expect(await send(tls.port, { security: "tls" })).toHaveProperty("taken");
    expect(await send(none.port, { security: "none" })).toHaveProperty("taken");
    expect([tls.mails[0]?.secure, none.mails[0]?.secure]).toEqual([true, false]);
  });

  test("is not sent over a connection that is not encrypted as it should be, nor to a stranger", async () => {
    const [bare, strange] = [await start({ disabledCommands: ["STARTTLS"] }), await start(certificate)];
    expect((await send(bare.port, { user: "ops" }, "let-me-in")).error).toMatch(/does not offer encryption/);
    expect((await send(strange.port, { rootCert: undefined })).error).toMatch(/certificate/);
    expect([bare.mails, strange.mails]).toEqual([[], []]);
  });

  test("comes back with what the server said, and is taken later", async () => {
    const server = await start(certificate);
    server.refusals.push({ code: 451, message: "Try again later" }, "cut");
    expect((await send(server.port, {})).error).toBe("localhost answered: 451 Try again later");
    expect((await send(server.port, {})).error).toMatch(/closed|Connection|ended/i);
    expect((await send(server.port, { user: "ops" }, "wrong-password")).error).toMatch(
      /^localhost refused the user or the password: .*535/,
    );
    expect(await send(server.port, {})).toHaveProperty("taken");
    expect(server.mails).toHaveLength(1);
  });

  test("names the mailbox that the server does not know, and fails if it knows none", async () => {
    const server = await start(certificate);
    const some = await send(server.port, { to: ["ops@example.org", "nobody@example.org"] });
    expect(some).toMatchObject({
      taken: expect.any(String),
      but: expect.stringContaining("nobody@example.org"),
    });
    expect((await send(server.port, { to: ["nobody@example.org"] })).error).toMatch(/550 No such user/);
  });

  test("waits no longer than it may for a server that says nothing or is not there", async () => {
    const silent = await start({ onConnect: () => undefined });
    expect((await send(silent.port, {}, undefined, 400)).error).toBe(
      "The receiver did not answer within 0.4 s",
    );
    const port = silent.port;
    await silent.stop();
    servers.length = 0;
    expect((await send(port, {})).error).toMatch(/nothing listens on port/);
  });
});
