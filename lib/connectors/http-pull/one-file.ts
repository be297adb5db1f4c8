import { fileFormatOf } from "#lib/ir/index.ts";
import { DataError } from "../data-error.ts";
import { type ConnectedFiles, nameOf } from "../files/file-lister.ts";
import { noFile, openWebFile, webFile } from "./open-web-file.ts";
import type { Looked, WebSite } from "./web-site.ts";

const ENDINGS: Record<string, string> = {
  "text/csv": ".csv",
  "text/tab-separated-values": ".tsv",
  "application/json": ".json",
  "application/x-ndjson": ".jsonl",
  "application/jsonl": ".jsonl",
  "application/vnd.apache.parquet": ".parquet",
};

/** The store of one file: it has one name. */
export function oneFile(site: WebSite, base: Looked): Omit<ConnectedFiles, "close"> {
  const name = fileName(base);
  if (base.type === "text/html" && !/\.html?$/i.test(name))
    throw new DataError("not_a_file", "A web page is at this address, not a file with data.", {
      hint: "Use the address of the file itself; a folder's address ends with a slash.",
    });
  const found = webFile(name, base);
  return {
    find: async (path) => (path === name ? found : undefined),
    walk: async function* ({ folder, wanted }) {
      if (folder === "" && wanted(name)) yield found;
    },
    open: async (path) => {
      const looked = path === name ? await site.look(base.asked) : undefined;
      if (!looked) throw noFile(path);
      return openWebFile(site, name, looked);
    },
  };
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
