/** One part of the AI SDK's UI message stream: only its name, id and data matter here. */
export type StreamPart = { type: string; id?: string; data?: unknown; errorText?: string };

/**
 * Reads the server-sent events of an AI SDK UI message stream (each `data:` line is one JSON part).
 * Ends at `[DONE]` or when the connection does. A line that is not JSON is left out.
 */
export async function* readParts(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamPart> {
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (rest + value).split(/\r?\n\r?\n/);
      rest = events.pop() ?? "";
      for (const event of events) {
        const part = parseEvent(event);
        if (part === "done") return;
        if (part) yield part;
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function parseEvent(event: string): StreamPart | "done" | undefined {
  const data = event
    .split(/\r?\n/)
    .filter((line) => line.startsWith("data:"))
    .map((line) => line.slice(5).trimStart())
    .join("\n");
  if (data === "[DONE]") return "done";
  try {
    const part: unknown = JSON.parse(data);
    return typeof part === "object" && part !== null && "type" in part ? (part as StreamPart) : undefined;
  } catch {
    return undefined;
  }
}
