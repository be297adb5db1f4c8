import type { Tracer } from "@opentelemetry/api";
import { env } from "./env.ts";

/** The tracer's place: Next's bundle and the server load separate copies of this module. */
const slot: { penstockTracer?: Tracer } = globalThis as never;

/** How long a receiver may take, tries again included: as long as a server that ends waits for it. */
const EXPORT_MS = 2_000;

/** What the spans say of where they come from. */
const SERVICE = {
  attributes: { "service.name": "penstock" },
  merge: () => SERVICE,
  getRawAttributes: (): [string, string][] => [["service.name", "penstock"]],
};

/**
 * What makes spans; undefined where nobody receives them. It is ours alone: given to the whole process, the framework
 * would send spans of every request too, addresses and all.
 */
export function tracer(): Tracer | undefined {
  return slot.penstockTracer;
}

/**
 * Sends spans by OTLP over HTTP, where `OTEL_EXPORTER_OTLP_ENDPOINT` is set; otherwise loads nothing at all. Spans hold
 * no inputs and no outputs of models. A receiver that is away costs spans, never an answer.
 * @returns what sends the rest and ends it; undefined where nothing is sent.
 */
export async function startTracing(
  endpoint = env().OTEL_EXPORTER_OTLP_ENDPOINT,
): Promise<(() => Promise<void>) | undefined> {
  if (!endpoint) return undefined;
  const { BatchSpanProcessor, NodeTracerProvider } = await import("@opentelemetry/sdk-trace-node");
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const url = `${endpoint.replace(/\/+$/, "")}/v1/traces`;
  const provider = new NodeTracerProvider({
    resource: SERVICE,
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url, timeoutMillis: EXPORT_MS }))],
  });
  slot.penstockTracer = provider.getTracer("penstock");
  return async () => {
    slot.penstockTracer = undefined;
    await provider.shutdown().catch(() => undefined);
  };
}
