import { limits } from "#lib/limits.ts";
import type { FileWriting } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { changed } from "../files/resuming-stream.ts";
import { fileExists, fileGone, notWhole, writeDenied } from "../files/write-errors.ts";
import { partsOf } from "../transfer/parts.ts";
import { boundedText, webRequest } from "../transfer/web-request.ts";
import type { Access } from "./access.ts";
import { refusal } from "./gcs-failure.ts";

/** Parts of an upload are whole multiples of 256 KiB, but for the last. */
const PART_BYTES = 32 * 262_144;

type Asked = {
  method: "POST" | "PUT" | "DELETE";
  url: string;
  body?: Buffer<ArrayBuffer> | string;
  headers?: Record<string, string>;
};

/**
 * Writing to a bucket. A move is a copy that the store checks, made only where nothing is, and a deletion of the very
 * version that was copied.
 */
export function gcsWriting(
  { config, base, look, account, signal }: Access,
  authorized: Access["authorized"],
): FileWriting {
  const { prefix = "" } = config;
  const keyOf = (path: string) => {
    const key = path.replace(/^\/+/, "");
    if (key.startsWith(prefix)) return key;
    throw writeDenied(
      path,
      `The source looks only at what begins with "${prefix}": choose a folder below it`,
    );
  };
  const placeOf = (key: string) => `${base}/${encodeURIComponent(key)}`;
  /** @param known statuses that are answers, and no failures. */
  const send = ({ headers, ...asked }: Asked, path: string, known: number[] = []) =>
    authorized(async (signedIn) => {
      const response = await webRequest({ ...asked, headers: { ...signedIn, ...headers }, signal });
      if (response.ok || known.includes(response.status)) return response;
      if (response.status !== 403) throw await refusal(response, config, account);
      await response.body?.cancel();
      throw writeDenied(
        path,
        `Give ${account.email} the role Storage Object User on ${config.bucket}: it may read, write and delete objects`,
      );
    });
  const textOf = (response: Response) => boundedText(response, limits.bodyBytes);
  const remove = async (path: string, generation?: string) => {
    const of = generation === undefined ? "" : `?generation=${generation}&ifGenerationMatch=${generation}`;
    const response = await send({ method: "DELETE", url: `${placeOf(keyOf(path))}${of}` }, path, [404, 412]);
    await textOf(response);
    return response.status;
  };
  return {
    move: async (from, to) => {
      const [source, target] = [keyOf(from), keyOf(to)];
      const before = await look(source);
      if (!before) throw fileGone(from);
      const asked = new URLSearchParams({
        sourceGeneration: before.generation,
        ifGenerationMatch: "0",
      });
      const url = `${placeOf(source)}/rewriteTo/b/${encodeURIComponent(config.bucket)}/o/${encodeURIComponent(target)}`;
      let size: number | undefined;
      for (;;) {
        const response = await send({ method: "POST", url: `${url}?${asked}` }, to, [404, 412]);
        const text = await textOf(response);
        if (response.status === 412) throw fileExists(to);
        if (response.status === 404) throw fileGone(from);
        const answer = JSON.parse(text) as { done?: boolean; rewriteToken?: string; objectSize?: string };
        size = Number(answer.objectSize);
        if (answer.done) break;
        asked.set("rewriteToken", answer.rewriteToken ?? "");
      }
      if (size !== before.size) {
        await remove(to);
        throw notWhole(to);
      }
      if ((await remove(from, before.generation)) !== 412) return;
      await remove(to);
      throw new DataError("file_changed", changed(from), { retryable: true });
    },
    write: async (path, content) => {
      const name = keyOf(path);
      const upload = base.replace("/storage/v1/", "/upload/storage/v1/");
      const asked = new URLSearchParams({ uploadType: "resumable", name, ifGenerationMatch: "0" });
      const begun = await send(
        {
          method: "POST",
          url: `${upload}?${asked}`,
          body: "{}",
          headers: { "content-type": "application/json" },
        },
        path,
        [412],
      );
      await textOf(begun);
      if (begun.status === 412) throw fileExists(path);
      const session = begun.headers.get("location") ?? "";
      let at = 0;
      const put = async (part: Buffer<ArrayBuffer>, last: boolean) => {
        const end = at + part.length;
        const range = part.length === 0 ? `bytes */${end}` : `bytes ${at}-${end - 1}/${last ? end : "*"}`;
        const given = {
          method: "PUT" as const,
          url: session,
          body: part,
          headers: { "content-range": range },
        };
        const response = await send(given, path, [308, 412]);
        await textOf(response);
        if (response.status === 412) throw fileExists(path);
        // 308 says how much has arrived; whoever was given less than all of it begins again.
        if (response.status === 308 && !(response.headers.get("range") ?? "").endsWith(`-${end - 1}`))
          throw notWhole(path);
        at = end;
      };
      let held: Buffer<ArrayBuffer> | undefined;
      for await (const part of partsOf(content, PART_BYTES)) {
        if (held) await put(held, false);
        held = part;
      }
      await put(held ?? Buffer.of(), true);
      if ((await look(name))?.size !== at) throw notWhole(path);
      return at;
    },
    remove: async (path) => void (await remove(path)),
    checkFolder: async (folder) => void keyOf(`${folder.replace(/\/+$/, "")}/`),
  };
}
