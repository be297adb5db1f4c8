import { connect } from "node:net";
import type { z } from "zod";
import { requirePermission } from "#lib/access/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { applyPatch } from "#lib/json-patch/index.ts";
import { limits } from "#lib/limits.ts";
import { chooseModel, type GeneratedPatch, generatePatch, type LanguageModel } from "#lib/model/index.ts";
import { PROVIDER_DEFAULTS } from "#lib/model/schema.ts";
import { reach } from "#lib/outbound.ts";
import { type AiDraft, draftAi } from "./draft-ai.ts";
import { failedLayer } from "./failed-layer.ts";
import { aiInForce, choiceOf, type KeptAi } from "./load-ai-choice.ts";
import { AI_LAYERS, type AiTest, TestAiInput } from "./schema.ts";

type Layer = AiTest["layers"][number]["layer"];

const INSTRUCTIONS =
  "This is a check of the connection. The document is {}. Answer with a patch of one operation that adds the member " +
  "`ready` with the value true.";

/**
 * Makes one constrained call, as a proposal would, and says which layer failed. Nothing is kept.
 * @param input a draft, or `{}` for what is in force.
 * @throws AppError `permission_denied`, `bad_request` where the draft itself is not whole
 */
export async function testAiSettings({
  ctx,
  input,
}: {
  ctx: Ctx;
  input: z.input<typeof TestAiInput>;
}): Promise<AiTest> {
  requirePermission(ctx, "settings.write");
  const given = TestAiInput.parse(input);
  const inForce = await aiInForce(ctx.db, ctx.tenant);
  const draft = given.provider ? draftAi(given, inForce) : inForce;
  if (draft.ai.provider === "rules") {
    const message = "The built-in rules assistant answers here; it needs no connection.";
    return { ok: true, layers: [{ layer: "reach", ok: true, message, ms: 0 }] };
  }
  const timeout = AbortSignal.timeout(limits.aiTestMs);
  return tryProvider(draft, ctx.signal ? AbortSignal.any([ctx.signal, timeout]) : timeout);
}

/** Goes through the layers; each takes the time since the one before it. */
async function tryProvider({ ai, key }: AiDraft, signal: AbortSignal): Promise<AiTest> {
  const layers: AiTest["layers"] = [];
  let since = performance.now();
  const lap = () => {
    const ms = Math.round(performance.now() - since);
    since = performance.now();
    return ms;
  };
  const times: Partial<Record<Layer, number>> = {};
  const pass = (layer: Layer, message: string) =>
    layers.push({ layer, ok: true, message, ms: times[layer] ?? lap() });
  const fail = (layer: Layer, message: string): AiTest => {
    // What stands before it is known to be right only if there was an answer.
    if (times.key !== undefined)
      for (const before of AI_LAYERS.slice(layers.length, AI_LAYERS.indexOf(layer)))
        pass(before, PASSED[before]);
    layers.push({ layer, ok: false, message, ms: lap() });
    return { ok: false, layers };
  };
  try {
    const host = await connectTo(ai, signal);
    pass("reach", `${host} answers.`);
  } catch (error) {
    return fail("reach", messageOf(error));
  }
  let answer: GeneratedPatch;
  let model: LanguageModel;
  try {
    model = chooseModel(choiceOf(ai, key), noRules, () => {
      times.key ??= lap();
    });
    const call = generatePatch({
      model,
      instructions: INSTRUCTIONS,
      messages: [{ role: "user", content: "Add the member." }],
      stream: true,
      signal,
    });
    let piece = await call.next();
    times.model = lap();
    while (!piece.done) piece = await call.next();
    answer = piece.value;
  } catch (error) {
    if (!isAppError(error)) throw error;
    const layer = failedLayer(error);
    // The connection was there; what failed is later, unless the provider was lost or is down.
    if (layer === "reach") layers.pop();
    return fail(layer, error.message);
  }
  pass("key", key ? PASSED.key : "No key is needed.");
  pass("model", `${model.modelId} answers.`);
  if (!answer.ok && answer.issues[0]?.code === "not_a_patch")
    return fail("structured_output", answer.issues[0].message);
  pass("structured_output", PASSED.structured_output);
  const wrong = answer.ok ? wrongPatch(answer.patch) : answer.issues[0]?.message;
  if (wrong) return fail("patch", wrong);
  pass("patch", "The patch applies.");
  return { ok: true, layers };
}

const PASSED: Record<Layer, string> = {
  reach: "The provider answers.",
  key: "The key is taken.",
  model: "The model answers.",
  structured_output: "The answer is bound to the schema.",
  patch: "The patch applies.",
};

function wrongPatch(patch: Extract<GeneratedPatch, { ok: true }>["patch"]): string | undefined {
  const result = applyPatch({}, patch);
  if (!result.ok) return `The patch does not apply: ${result.error.message}`;
  const { ready } = (result.document ?? {}) as { ready?: unknown };
  return ready === true ? undefined : "The patch applies, but does not do what was asked for.";
}

const noRules = (): never => {
  throw new Error("the rules are not tried");
};

/** Opens a connection to where the provider is, and closes it. @returns the host's name */
async function connectTo({ provider, baseUrl, region }: KeptAi, signal: AbortSignal): Promise<string> {
  const defaults =
    provider in PROVIDER_DEFAULTS ? PROVIDER_DEFAULTS[provider as keyof typeof PROVIDER_DEFAULTS] : undefined;
  const address = baseUrl ?? defaults?.baseUrl.replace("{region}", region ?? "");
  if (!address) throw new Error("No address is set.");
  const url = new URL(address);
  const port = Number(url.port || (url.protocol === "https:" ? 443 : 80));
  const target = await reach({ host: url.hostname, port });
  await new Promise<void>((done, failed) => {
    const socket = connect({ host: target.address, port, signal, timeout: limits.connectMs });
    const end = (error?: Error) => {
      socket.destroy();
      if (error) failed(new Error(`${url.host} could not be reached: ${error.message}`));
      else done();
    };
    socket.once("connect", () => end());
    socket.once("timeout", () => end(new Error("no answer in time")));
    socket.once("error", end);
  });
  return url.host;
}
