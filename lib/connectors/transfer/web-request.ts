import { limits } from "#lib/limits.ts";
import { outboundFetch } from "#lib/outbound.ts";
import { DataError } from "../data-error.ts";
import { codedError } from "../network/coded-error.ts";

/** A request of a connector. */
export type WebRequest = {
  url: string;
  method?: "GET" | "HEAD" | "POST" | "PUT" | "DELETE";
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  signal?: AbortSignal;
};

/**
 * Sends a request through the outbound guard. The head of the answer has to come within `limits.transferIdleMs`; its
 * body is the caller's to read or to cancel.
 * @throws Error of the network, `SILENT`, or the signal's reason
 */
export async function webRequest({ url, signal, ...init }: WebRequest): Promise<Response> {
  const late = new AbortController();
  const timer = setTimeout(
    () => late.abort(codedError("SILENT", "No answer in time")),
    limits.transferIdleMs,
  ).unref();
  try {
    return await outboundFetch(url, {
      ...init,
      // What is stored is read as it is stored.
      headers: { "accept-encoding": "identity", ...init.headers },
      signal: signal ? AbortSignal.any([signal, late.signal]) : late.signal,
    });
  } finally {
    clearTimeout(timer);
  }
}

/** The text of a bounded body. @throws DataError `unexpected_answer` if it is longer */
export async function boundedText(response: Response, longest: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > longest)
      throw new DataError("unexpected_answer", `An answer is longer than ${longest} bytes`);
  }
  return text + decoder.decode();
}
