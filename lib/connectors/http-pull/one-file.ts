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

/** Whether the answer says that it is data, whatever its address looks like. */
export function isData({ type }: Looked): boolean {
  return type in ENDINGS;
}

/** The store of one file: it has one name. */
export function oneFile(site: WebSite, base: Looked): Omit<ConnectedFiles, "close" | "identityOf"> {
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

/**
 * What the file is called: as in the address that was configured, if that tells a format; else as the server calls it,
 * or where it led to. Failing those, what kind of data it is stands at the end.
 */
function fileName({ asked, url, type, disposition }: Looked): string {
  const given = /filename\s*=\s*(?:"([^"]+)"|([^\s;"]+))/i.exec(disposition);
  const own = lastOf(asked);
  const names = [own, given?.[1] ?? given?.[2] ?? "", lastOf(url)].map((name) =>
    name.replace(/[/\\\0]/g, "_"),
  );
  const telling = names.find((name) => fileFormatOf(name).format !== undefined);
  return telling ?? `${own || "data"}${ENDINGS[type] ?? ""}`;
}

function lastOf(address: string): string {
  const last = nameOf(new URL(address).pathname.replace(/\/+$/, ""));
  try {
    return decodeURIComponent(last).replace(/[/\\\0]/g, "_");
  } catch {
    return last;
  }
}
