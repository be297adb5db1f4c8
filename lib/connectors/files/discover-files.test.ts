import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { limits } from "#lib/limits.ts";
import { DataError } from "../data-error.ts";
import { discoverFiles, folderOf, nameFiles } from "./discover-files.ts";
import { type ConnectedFiles, nameOf } from "./file-lister.ts";

/** A store that goes on for as long as somebody listens. */
function endless(nameAt: (at: number) => string): ConnectedFiles & { seen: () => number; opened: string[] } {
  let seen = 0;
  const opened: string[] = [];
  return {
    seen: () => seen,
    opened,
    find: async () => undefined,
    identityOf: (path) => path,
    walk: async function* () {
      for (;;) yield { path: nameAt(seen++), bytes: 5, modifiedAt: new Date(seen) };
    },
    open: async (path) => {
      opened.push(path);
      if (path.startsWith("locked")) throw new DataError("read_denied", "The key may not read it");
      const bytes = Buffer.from("id\n1\n");
      const stream = () => Readable.from([bytes], { objectMode: false });
      return { name: nameOf(path), bytes: 5, modifiedAt: new Date(0), stream, close: async () => undefined };
    },
    close: async () => undefined,
  };
}

describe("discovering files", () => {
  it("stops at a limit, says so, and looks only into the files of the page", async () => {
    const store = endless((at) => `${"abc".charAt(at % 3)}/part-${at}.csv`);
    const page = await discoverFiles(store, { limit: 2 });
    expect(store.seen()).toBe(limits.discoveredNames);
    expect(page.total).toBeNull();
    expect(page.nextCursor).toBe("b/part-*.csv");
    expect(page.streams[0]?.note).toContain("Only the first 20,000 files were looked at");
    expect(store.opened).toEqual(["a/part-19998.csv", "b/part-19999.csv"]);
  });

  it("names streams without opening anything", async () => {
    const store = endless((at) => `table-${"abc".charAt(at % 3)}.csv`);
    expect(await nameFiles(store)).toEqual(["table-a.csv", "table-b.csv", "table-c.csv"]);
    expect(store.opened).toEqual([]);
  });

  it("keeps a stream that cannot be read, and says why", async () => {
    const store = endless((at) => ["locked/a.csv", "open/a.csv"][at % 2] ?? "");
    const { streams } = await discoverFiles(store, { limit: 5 });
    expect(streams.map(({ columns }) => columns.length)).toEqual([0, 1]);
    expect(streams[0]?.note).toContain("The key may not read it");
  });

  it("ends when it is told to", async () => {
    const abort = new AbortController();
    const store = endless((at) => {
      if (at === 100) abort.abort();
      return "a.csv";
    });
    await expect(discoverFiles(store, { limit: 5, signal: abort.signal })).rejects.toThrow("abort");
    expect(store.seen()).toBeLessThan(110);
  });

  it.each([
    [[], ""],
    [["a.csv"], ""],
    [["a/b/c.csv"], "a/b"],
    [["a/b/*.csv", "a/b/c/d.csv"], "a/b"],
    [["a/b/x.csv", "a/c/x.csv"], "a"],
    [["a/*/x.csv", "a/b/x.csv"], "a"],
    [["ab/x.csv", "a/x.csv"], ""],
  ])("looks for %j below %j", (names, folder) => {
    expect(folderOf(names)).toBe(folder);
  });
});
