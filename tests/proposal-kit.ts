import { expect } from "vitest";
import type { Ctx } from "#lib/context.ts";
import { AppError } from "#lib/errors.ts";
import { chooseModel, type LanguageModel } from "#lib/model/index.ts";
import { answerChat } from "#lib/proposals/index.ts";
import type { PipelineChatInput, ProposalPart, ProposalSuccess } from "#lib/proposals/schema.ts";
import { publishVersion } from "#lib/runs/index.ts";
import { uniqueId } from "./factories.ts";
import type { ModelWire, WireAnswer } from "./model-wire.ts";

type Op = { op: string; path: string; from?: string; value?: unknown };

/** A patch as a provider answers it. */
export function onWire(rationale: string, patch: readonly Op[]): WireAnswer {
  const flat = patch.map(({ op, path, from, value }) => ({
    ...{ op, path, from: from ?? null },
    valueJson: value === undefined ? null : JSON.stringify(value),
  }));
  return { json: { rationale, patch: flat } };
}

/** The model behind a wire server. */
export const wireModel = (wire: ModelWire): LanguageModel =>
  chooseModel({ provider: "openai-compatible", model: "local", baseUrl: `${wire.url}/v1` }, () => {
    throw new Error("not the rules assistant");
  });

/** A pipeline with a transform that masks `email`. @returns its uuid and its slug. */
export async function maskedOrders(ctx: Ctx): Promise<{ pipelineId: string; slug: string }> {
  const columns = ["order_id", "email", "status"].map((name) => ({ name, type: "string" }));
  const id = uniqueId("orders");
  const nodes = [
    {
      ...{ id: "src", kind: "source", connector: "local_fs" },
      config: { path: "/tmp/orders.csv", format: { type: "csv", columns } },
    },
    {
      ...{ id: "shape", kind: "transform", input: "src" },
      ops: [{ op: "mask_pii", field: "email", strategy: "redact" }],
    },
    { id: "load", kind: "target", input: "shape", schema: "starbucks.orders", loadMode: "append" },
  ];
  const ir = { kind: "pipeline", version: "1.0", id, metadata: { name: id }, nodes };
  return publishVersion({ ctx, input: { ir, origin: "created" } });
}

/** Asks for a change and reads the stream. @returns the part of the proposal. */
export async function ask(
  ctx: Ctx,
  input: PipelineChatInput,
  options: Partial<Parameters<typeof answerChat>[0]> = {},
): Promise<ProposalPart & { answer: ProposalSuccess }> {
  const request = new Request("http://penstock.test", { headers: { accept: "text/event-stream" } });
  const response = await answerChat({ ctx, input, request, ...options });
  const line = (await response.text()).split("\n").find((one) => one.includes('"data-proposal"'));
  expect(line, "the stream has no proposal").toBeDefined();
  return (JSON.parse((line ?? "").slice(6)) as { data: ProposalPart & { answer: ProposalSuccess } }).data;
}

/** What a model was sent, one text for each call. */
export const prompts = (wire: ModelWire): string[] =>
  wire.calls.map(({ body }) =>
    ((body as { messages?: { content: string | { text?: string }[] }[] }).messages ?? [])
      .map(({ content }) =>
        typeof content === "string" ? content : content.map(({ text }) => text ?? "").join("\n"),
      )
      .join("\n"),
  );

/** One section of a prompt, parsed; undefined where the prompt has none of that name. */
export function section<T>(prompt: string | undefined, name: string): T | undefined {
  const lines = (prompt ?? "").split("\n");
  const at = lines.indexOf(`## ${name}`);
  return at < 0 ? undefined : (JSON.parse(lines[at + 1] ?? "") as T);
}

/** What the audit log says about proposals, in order: action, who, and what stood there afterwards. */
export async function proposalAudits(ctx: Ctx) {
  const rows = await ctx.db.auditLog.findMany({
    where: { tenantId: ctx.tenant, entityType: "pipeline_ai_proposal" },
    orderBy: { seq: "asc" },
    include: { content: true },
  });
  return rows.map((row) => ({
    ...{
      action: row.action,
      actor: row.userId,
      entityId: row.entityId,
      entityName: row.content?.entityName,
      changes: row.content?.changes,
    },
    after: (row.content?.after ?? null) as Record<string, unknown> | null,
  }));
}

/** The refusal that a promise ends with. */
export async function refusal(promise: Promise<unknown>): Promise<AppError> {
  const error = await promise.then(
    (value) => expect.fail(`not refused: ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof AppError)) throw error;
  return error;
}
