import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import type { Ctx } from "#lib/context.ts";
import { withDatabase } from "#tests/factories.ts";
import { type Door, declareIngestContract, httpDoor } from "#tests/ingest-contract.ts";
import { fastDoor } from "../../../../scripts/fast-door.ts";
import * as route from "./route.ts";

async function keys(ctx: Ctx): Promise<Omit<Door, "send">> {
  const open = await createApiKey({ ctx, input: { name: "Agents", roles: ["ROLE_AGENT"] } });
  const bound = await createApiKey({
    ctx,
    input: { name: "One", roles: ["ROLE_AGENT"], agentId: "agent_b" },
  });
  return { tenant: ctx.tenant, key: open.secret, boundKey: { key: bound.secret, agentId: "agent_b" } };
}

withDatabase("the ingest door, called as the framework calls it", ({ testCtx }) => {
  let door: Door;

  beforeAll(async () => {
    const handlers: Record<string, (request: Request) => Promise<Response>> = route;
    door = {
      ...(await keys(await testCtx())),
      send: (path, init) => {
        const handler = handlers[init.method ?? "GET"];
        if (!handler) throw new Error(`The route has no ${init.method}`);
        return handler(new Request(`http://localhost${path}`, init));
      },
    };
  });

  declareIngestContract({ test, expect }, () => door);
});

withDatabase("the ingest door, in front of the framework", ({ testCtx }) => {
  let door: Door;
  let server: Server;

  beforeAll(async () => {
    const listen = fastDoor(
      { "/v1/ingest/events": route },
      async (_incoming, outgoing) => void outgoing.end(),
    );
    server = createServer((incoming, outgoing) => void listen(incoming, outgoing));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    door = httpDoor({ ...(await keys(await testCtx())), baseUrl });
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  declareIngestContract({ test, expect }, () => door);
});
