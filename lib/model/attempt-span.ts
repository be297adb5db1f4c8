import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import { tracer } from "#lib/tracing.ts";
import type { LanguageModel } from "./language-model.ts";

/** Whose attempt it is, and which one of theirs, from 1. */
export type AttemptLabels = { tenant: string; attempt: number };

/**
 * Opens the span of one call to a model. It tells who was asked, how it ended and what it cost, never what was asked or
 * answered; names follow OpenTelemetry's conventions for generative AI. Without tracing it costs nothing.
 */
export function startAttempt(
  model: LanguageModel,
  labels?: AttemptLabels,
): { end: (outcome: string, usage?: { inputTokens: number; outputTokens: number }) => void } {
  const span = tracer()?.startSpan(`chat ${model.modelId}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": model.provider.split(".")[0],
      "gen_ai.request.model": model.modelId,
      ...(labels ? { "penstock.tenant": labels.tenant, "penstock.attempt": labels.attempt } : {}),
    },
  });
  const started = performance.now();
  return {
    end(outcome, usage) {
      if (!span?.isRecording()) return;
      span.setAttributes({
        "penstock.outcome": outcome,
        "penstock.latency_ms": Math.round(performance.now() - started),
        ...(usage
          ? {
              "gen_ai.usage.input_tokens": usage.inputTokens,
              "gen_ai.usage.output_tokens": usage.outputTokens,
            }
          : {}),
      });
      if (outcome !== "answered") span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}
