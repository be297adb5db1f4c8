import type { ConnectedFiles } from "../files/file-lister.ts";
import type { HttpPullSourceConfig } from "../specs/http-pull.ts";
import { folderFiles } from "./folder-files.ts";
import { isData, oneFile } from "./one-file.ts";
import { webSite } from "./web-site.ts";

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
  const identityOf = (path: string) => `${config.url} ${path}`;
  if (new URL(base.url).pathname.endsWith("/") && !isData(base)) {
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
      identityOf,
      close,
    };
  }
  const file = oneFile(site, base);
  return { kind: "file", ...file, open: (path) => inWords(() => file.open(path)), identityOf, close };
}
