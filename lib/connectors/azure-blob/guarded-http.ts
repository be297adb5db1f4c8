import { Readable } from "node:stream";
import type { HttpHeaders, HttpOperationResponse, IHttpClient, WebResource } from "@azure/storage-blob";
import { limits } from "#lib/limits.ts";
import { boundedText, webRequest } from "../transfer/web-request.ts";

/** What the Azure library sends its requests by: through the outbound guard. */
export const guardedHttp: IHttpClient = {
  sendRequest: async (request: WebResource): Promise<HttpOperationResponse> => {
    const signal = request.abortSignal as AbortSignal | undefined;
    const response = await webRequest({
      url: request.url,
      method: request.method as "GET" | "HEAD" | "PUT" | "DELETE",
      ...(request.body !== undefined && { body: request.body as string | Uint8Array<ArrayBuffer> }),
      headers: { ...request.headers.rawHeaders(), "accept-encoding": "identity" },
      signal,
    });
    const answer = { status: response.status, headers: headersOf(request, response), request };
    const asStream = request.streamResponseStatusCodes;
    if (
      asStream?.has(Number.POSITIVE_INFINITY) ||
      asStream?.has(response.status) ||
      request.streamResponseBody
    ) {
      const body = response.body ? Readable.fromWeb(response.body as never) : Readable.from([]);
      // The library stops listening before it lets go of it; an error that comes then is nobody's.
      body.on("error", () => undefined);
      return { ...answer, readableStreamBody: body };
    }
    return { ...answer, bodyAsText: await boundedText(response, limits.folderPageBytes) };
  },
};

/** The answer's headers in the library's own shape, which only a request's can be made into. */
function headersOf(request: WebResource, response: Response): HttpHeaders {
  const headers = request.headers.clone();
  for (const name of headers.headerNames()) headers.remove(name);
  for (const [name, value] of response.headers) headers.set(name, value);
  return headers;
}
