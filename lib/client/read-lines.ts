/** The lines of a text that arrives in pieces, without their ends; the last one may lack its own. */
export async function* readLines(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream() as TransformStream<Uint8Array, string>).getReader();
  let rest = "";
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      const lines = (rest + value).split(/\r?\n/);
      rest = lines.pop() ?? "";
      yield* lines;
    }
    if (rest) yield rest;
  } finally {
    // Whoever stops reading also hangs up.
    await reader.cancel().catch(() => undefined);
  }
}

/** One event of a stream: its name, its id and its data, as the server wrote them. */
export type StreamedEvent = { event: string; id: string | undefined; data: string };

/** The events of a `text/event-stream` (WHATWG HTML, 9.2.6). Comments are left out; an unfinished event is dropped. */
export async function* readServerEvents(
  body: ReadableStream<Uint8Array> | null,
): AsyncGenerator<StreamedEvent> {
  let event = "message";
  let id: string | undefined;
  let data: string[] = [];
  for await (const line of readLines(body)) {
    if (line === "") {
      if (data.length > 0) yield { event, id, data: data.join("\n") };
      event = "message";
      data = [];
      continue;
    }
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === "event") event = value;
    else if (field === "id") id = value;
    else if (field === "data") data.push(value);
  }
}
