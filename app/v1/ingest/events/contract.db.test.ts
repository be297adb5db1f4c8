import { beforeAll } from "vitest";
import { createApiKey } from "#lib/auth/index.ts";
import { withDatabase } from "#tests/factories.ts";
import { type Door, declareIngestContract } from "#tests/ingest-contract.ts";
import * as route from "./route.ts";

withDatabase("the ingest door, called as the framework calls it", ({ testCtx }) => {
  let door: Door | undefined;

  beforeAll(async () => {
    const ctx = await testCtx();
    const open = await createApiKey({ ctx, input: { name: "Agents", roles: ["ROLE_AGENT"] } });
    const bound = await createApiKey({
      ctx,
      input: { name: "One", roles: ["ROLE_AGENT"], agentId: "agent_b" },
    });
    door = {
      tenant: ctx.tenant,
      key: open.secret,
      boundKey: { key: bound.secret, agentId: "agent_b" },
      send: (path, init) => {
        const handlers: Record<string, (request: Request) => Promise<Response>> = route;
        const handler = handlers[init.method ?? "GET"];
        if (!handler) throw new Error(`The route has no ${init.method}`);
        return handler(new Request(`http://localhost${path}`, init));
      },
    };
  });

  declareIngestContract(() => {
    if (!door) throw new Error("The door is open inside tests only");
    return door;
  });
});
