import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { BatchSpanProcessor, NodeTracerProvider } from "@opentelemetry/sdk-trace-node";
import { env } from "./env.ts";

/** What the spans say of where they come from. */
const SERVICE = {
  attributes: { "service.name": "penstock" },
  merge: () => SERVICE,
  getRawAttributes: (): [string, string][] => [["service.name", "penstock"]],
};

/**
 * Sends spans by OTLP over HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; otherwise does nothing at all. Spans hold
 * no inputs and no outputs of models. A receiver that is away costs spans, never an answer.
 * @returns what sends the rest and ends it; undefined where nothing is sent.
 */
export function startTracing(
  endpoint = env().OTEL_EXPORTER_OTLP_ENDPOINT,
): (() => Promise<void>) | undefined {
  if (!endpoint) return undefined;
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const provider = new NodeTracerProvider({
    resource: SERVICE,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: 5_000 }))],
  });
  provider.register();
  return async () => {
    await provider.shutdown().catch(() => undefined);
  };
}
