import { PassThrough, type Readable } from "node:stream";
import { fileFormatOf } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import type { FoundFile, OpenedFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { below, type ConnectedFiles, nameOf, type WalkRequest } from "../files/file-lister.ts";
import { resumingStream } from "../files/resuming-stream.ts";
import type { HttpPullSourceConfig } from "../specs/http-pull.ts";
import { rangeRequest, sameVersion } from "../transfer/range-request.ts";
import { fileChanged, watchedPart } from "../transfer/watched-part.ts";
import { boundedText, webRequest } from "../transfer/web-request.ts";
import { type PageEntry, pageEntries } from "./folder-page.ts";
import { type Looked, type WebSite, webSite } from "./web-site.ts";

/** Pages of folders that one walk reads, and heads of files that it asks for at once. */
const PAGES = 2_000;
const AT_ONCE = 8;

const ENDINGS: Record<string, string> = {
  "text/csv": ".csv",
  "text/tab-separated-values": ".tsv",
  "application/json": ".json",
  "application/x-ndjson": ".jsonl",
  "application/jsonl": ".jsonl",
  "application/vnd.apache.parquet": ".parquet",
};

/** A web address as a store: of one file, or of what the page of a folder lists. */
export type WebFiles = ConnectedFiles & { kind: "file" | "folder" };

/** Looks at the configured address and tells what it is. @throws DataError */
export async function connectWeb(
  config: HttpPullSourceConfig,
  { signal }: { signal?: AbortSignal },
): Promise<WebFiles> {
  const site = webSite(config, signal);
  const inWords = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work();
    } catch (error) {
      signal?.throwIfAborted();
      throw site.dataError(error);
    }
  };
  const base = await inWords(() => site.look(config.url));
  if (!base) throw await site.refuse(new Response(null, { status: 404 }));
  const close = async () => undefined;
  if (new URL(base.url).pathname.endsWith("/")) {
    const folder = folderFiles(site, base.url);
    return {
      kind: "folder",
      find: (path) => inWords(() => folder.find(path)),
      open: (path) => inWords(() => folder.open(path)),
      walk: async function* (request) {
        try {
          yield* folder.walk(request);
        } catch (error) {
          signal?.throwIfAborted();
          throw site.dataError(error);
        }
      },
      close,
    };
  }
  const file = oneFile(site, base);
  return { kind: "file", ...file, open: (path) => inWords(() => file.open(path)), close };
}

/** The store of one file: it has one name. */
function oneFile(site: WebSite, base: Looked): Omit<WebFiles, "kind" | "close"> {
  const name = fileName(base);
  if (base.type === "text/html" && !/\.html?$/i.test(name))
    throw new DataError("not_a_file", "A web page is at this address, not a file with data.", {
      hint: "Use the address of the file itself; a folder's address ends with a slash.",
    });
  const found = foundFile(name, base);
  return {
    find: async (path) => (path === name ? found : undefined),
    walk: async function* ({ folder, wanted }) {
      if (folder === "" && wanted(name)) yield found;
    },
    open: async (path) => {
      const looked = path === name ? await site.look(base.url) : undefined;
      if (!looked) throw noFile(path);
      return opened(site, name, looked);
    },
  };
}

function folderFiles(site: WebSite, base: string): Omit<WebFiles, "kind" | "close"> {
  const addressOf = (path: string) => {
    const segments = path.split("/").filter((segment) => segment !== "");
    if (segments.some((segment) => segment === "." || segment === ".."))
      throw new DataError("path_refused", `"${path}": write the path without "..".`);
    return new URL(segments.map(encodeURIComponent).join("/"), base).href;
  };
  const lookFor = async (path: string) => {
    const looked = await site.look(addressOf(path));
    if (looked && new URL(looked.url).pathname.endsWith("/"))
      throw new DataError("path_is_folder", `"${path}" is a folder`, {
        hint: 'Name a file, or add "pattern"',
      });
    return looked;
  };
  const find = async (path: string) => {
    const looked = await lookFor(path);
    return looked && foundFile(path, looked);
  };
  return {
    find,
    open: async (path) => {
      const looked = await lookFor(path);
      if (!looked) throw noFile(path);
      return opened(site, nameOf(path), looked);
    },
    walk: (request) =>
      walkPages(request, (folder) => readPage(site, folder === "" ? base : `${addressOf(folder)}/`), find),
  };
}

async function* walkPages(
  { folder, deep, begins, wanted, passOver }: WalkRequest,
  read: (folder: string) => Promise<PageEntry[]>,
  find: (path: string) => Promise<FoundFile | undefined>,
): AsyncIterable<FoundFile> {
  const waiting = [""];
  let pages = 0;
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (++pages > PAGES)
      throw new DataError("too_many_files", `There are more than ${PAGES} folders below this address`, {
        hint: "Use the address of a folder further down.",
      });
    const reading = read(below(folder, at));
    const entries = await (passOver && at !== "" ? reading.catch(() => []) : reading);
    const paths = entries.map(({ name, folder: isFolder }) => ({ path: below(at, name), isFolder }));
    const files = paths.filter(({ path, isFolder }) => !isFolder && wanted(path));
    for (let next = 0; next < files.length; next += AT_ONCE) {
      const asked = files.slice(next, next + AT_ONCE).map(({ path }) => find(below(folder, path)));
      for (const file of await Promise.all(asked)) if (file) yield file;
    }
    const inside = paths.filter(({ path, isFolder }) => isFolder && deep && leadsTo(`${path}/`, begins));
    waiting.push(...inside.map(({ path }) => path).reverse());
  }
}

const leadsTo = (folder: string, begins: string) => begins.startsWith(folder) || folder.startsWith(begins);

async function readPage(site: WebSite, url: string): Promise<PageEntry[]> {
  const response = await webRequest({ url, headers: site.headersFor(url), signal: site.signal });
  if (!response.ok) throw await site.refuse(response);
  if (!/^(text\/html|application\/xhtml\+xml)\b/i.test(response.headers.get("content-type") ?? "")) {
    await response.body?.cancel();
    throw new DataError("not_a_folder", "The address ends with a slash, but no page lists files there.", {
      hint: "Have the server list the folder (autoindex), or use the address of one file.",
    });
  }
  return pageEntries(await boundedText(response, limits.folderPageBytes), response.url || url);
}

function opened(site: WebSite, name: string, { url, version }: Looked): OpenedFile {
  const { bytes } = version;
  const headers = site.headersFor(url);
  const stillThere = async () => {
    const now = await site.look(url);
    if (!now || !sameVersion(now.version, version)) throw fileChanged(name);
  };
  const part = async (from: number, end: number | undefined, signal: AbortSignal) =>
    watchedPart(
      await rangeRequest({ url, headers, name, from, end, version, refuse: site.refuse, signal }),
      end === bytes && (version.etag ?? version.modified) ? stillThere : undefined,
    );
  return {
    name,
    bytes: bytes ?? 0,
    modifiedAt: modifiedAt(version.modified),
    stream: ({ start = 0, end = bytes } = {}) => {
      if (bytes === undefined || end === undefined)
        return endless((stop) => part(start, end, stop), site.dataError, site.signal);
      const last = Math.min(end, bytes);
      return resumingStream({
        name,
        start,
        end: last,
        from: part,
        explain: site.dataError,
        signal: site.signal,
      });
    },
    close: async () => undefined,
  };
}

/** Bytes whose number nobody tells: a drop ends them, and cannot be mended. */
function endless(
  open: (signal: AbortSignal) => Promise<Readable>,
  explain: (error: unknown) => Error,
  signal?: AbortSignal,
): Readable {
  const stop = new AbortController();
  const out = new PassThrough({
    destroy(error, done) {
      stop.abort();
      done(error);
    },
  });
  const fail = (error: unknown) => out.destroy(signal?.aborted ? signal.reason : explain(error));
  open(signal ? AbortSignal.any([signal, stop.signal]) : stop.signal).then((part) => {
    out.once("close", () => part.destroy());
    part.once("error", fail);
    if (out.destroyed) part.destroy();
    else part.pipe(out);
  }, fail);
  return out;
}

function foundFile(path: string, { version }: Looked): FoundFile {
  return { path, bytes: version.bytes ?? 0, modifiedAt: modifiedAt(version.modified) };
}

/** The beginning of time where the server does not say. */
function modifiedAt(told: string | undefined): Date {
  const moment = new Date(told ?? 0);
  return Number.isNaN(moment.getTime()) ? new Date(0) : moment;
}

/** The name that a download would get, with an ending that tells what it is where the server says so. */
function fileName({ url, type, disposition }: Looked): string {
  const given = /filename\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i.exec(disposition);
  const last = nameOf(new URL(url).pathname);
  let name = (given?.[1] ?? given?.[2] ?? last).replace(/[/\\\0]/g, "_");
  if (!given) {
    try {
      name = decodeURIComponent(last).replace(/[/\\\0]/g, "_");
    } catch {
      name = last;
    }
  }
  return fileFormatOf(name).format === undefined ? `${name}${ENDINGS[type] ?? ""}` : name;
}

function noFile(path: string): DataError {
  return new DataError("file_not_found", `There is no file "${path}"`, { retryable: true });
}
