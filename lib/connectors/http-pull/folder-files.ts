import { limits } from "#lib/limits.ts";
import type { FoundFile } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { below, type ConnectedFiles, nameOf, type WalkRequest } from "../files/file-lister.ts";
import { boundedText, webRequest } from "../transfer/web-request.ts";
import { type PageEntry, pageEntries } from "./folder-page.ts";
import { noFile, openWebFile, webFile } from "./open-web-file.ts";
import type { WebSite } from "./web-site.ts";

/** Pages of folders that one walk reads, and heads of files that it asks for at once. */
const PAGES = 2_000;
const AT_ONCE = 8;

/** The store of a folder: what its page links to, and the pages of the folders below. */
export function folderFiles(site: WebSite, base: string): Omit<ConnectedFiles, "close" | "identityOf"> {
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
    return looked && webFile(path, looked);
  };
  return {
    find,
    open: async (path) => {
      const looked = await lookFor(path);
      if (!looked) throw noFile(path);
      return openWebFile(site, nameOf(path), looked);
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
      const asked = files.slice(next, next + AT_ONCE).map(({ path }) => {
        const looking = find(below(folder, path));
        return passOver ? looking.catch(() => undefined) : looking;
      });
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
