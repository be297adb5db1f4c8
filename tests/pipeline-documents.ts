/** What a test may want otherwise in {@link ordersIr}. */
export type DocumentOptions = {
  schedule?: object;
  loadMode?: "append" | "truncate";
  destination?: string;
  retry?: { maxAttempts: number; backoff?: "fixed" | "exponential" };
};

/** A small executable pipeline: a CSV file into a table of the built-in warehouse. */
export function ordersIr(id: string, options: DocumentOptions = {}): Record<string, unknown> {
  const { schedule, retry, destination, loadMode = "append" } = options;
  return {
    kind: "pipeline",
    version: "1.0",
    id,
    metadata: { name: id },
    ...(schedule ? { schedule } : {}),
    nodes: [
      { id: "src", kind: "source", connector: "local_fs", config: { path: "/tmp/orders.csv" } },
      {
        id: "load",
        kind: "target",
        input: "src",
        schema: "shop.orders",
        loadMode,
        schemaEvolution: "evolve",
        ...(destination ? { destination } : {}),
      },
    ],
    ...(retry ? { errorHandling: { retry } } : {}),
  };
}

/** The same without its target: good enough to be kept, not to be run. */
export function draftIr(id: string, options: DocumentOptions = {}): Record<string, unknown> {
  const whole = ordersIr(id, options);
  return { ...whole, nodes: (whole.nodes as unknown[]).slice(0, 1) };
}
