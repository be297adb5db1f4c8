import { describe, expect, it } from "vitest";
import type { FoundFile } from "../connector.ts";
import { chooseFiles } from "./choose-files.ts";
import type { ConnectedFiles, FileLister } from "./file-lister.ts";
import { folderLister } from "./folder-lister.ts";
import { objectLister } from "./object-lister.ts";

const KEYS = ["a/x.csv", "a/y.csv", "a/b/x.csv", "a/b/c/x.csv", "ab/x.csv", "x.csv", "a/folder/"];
const found = (path: string): FoundFile => ({ path, bytes: path.length, modifiedAt: new Date(path.length) });

/** Objects, with the prefixes that were asked for. */
function objects(prefix?: string) {
  const asked: string[] = [];
  const lister = objectLister({
    prefix,
    head: async (key) => (KEYS.includes(key) ? found(key) : undefined),
    list: async function* ({ prefix: wanted, deep }) {
      asked.push(`${wanted}${deep ? "**" : ""}`);
      for (const key of KEYS)
        if (key.startsWith(wanted) && (deep || !key.slice(wanted.length, -1).includes("/"))) yield found(key);
    },
  });
  return { asked, lister };
}

/** Folders, with those that were read. `locked` may not be. */
function folders() {
  const asked: string[] = [];
  const lister = folderLister({
    find: async (path) => (KEYS.includes(path) ? found(path) : undefined),
    read: async (folder) => {
      asked.push(folder);
      if (folder === "ab") throw new Error("denied");
      const start = folder === "" ? "" : `${folder}/`;
      const names = KEYS.filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
      const direct = names.filter((name) => name !== "" && !name.includes("/"));
      const below = new Set(
        names.filter((name) => name.includes("/")).map((name) => name.split("/")[0] ?? ""),
      );
      return [
        ...direct.map((name) => ({ ...found(start + name), name, folder: false })),
        ...[...below].map((name) => ({ ...found(name), name, folder: true })),
      ];
    },
  });
  return { asked, lister };
}

const glob = (value: string) => ({ type: "glob" as const, value });
const chosen = async (lister: FileLister, path: string | undefined, value: string) =>
  (await chooseFiles(lister, { path, pattern: glob(value) })).map((file) => file.path);

describe.each([
  ["objects", () => objects().lister],
  ["folders", () => folders().lister],
])("files of a source among %s", (_title, open) => {
  it.each<[string | undefined, string, string[]]>([
    ["a", "*.csv", ["a/x.csv", "a/y.csv"]],
    ["a/", "x*", ["a/x.csv"]],
    ["a", "b/*.csv", ["a/b/x.csv"]],
    ["a", "**/x.csv", ["a/b/c/x.csv", "a/b/x.csv", "a/x.csv"]],
    [undefined, "x.csv", ["x.csv"]],
    [undefined, "a/{x,y}.csv", ["a/x.csv", "a/y.csv"]],
  ])("%s and %s", async (path, value, paths) => {
    expect(await chosen(open(), path, value)).toEqual(paths);
  });

  it("takes an exact path, the newest only, and says what is missing", async () => {
    expect(await chooseFiles(open(), { path: "a/x.csv" })).toEqual([found("a/x.csv")]);
    const newest = await chooseFiles(open(), {
      path: "a",
      pattern: glob("**/*.csv"),
      ordering: "latest_by_mtime",
    });
    expect(newest.map((file) => file.path)).toEqual(["a/b/c/x.csv"]);
    const codes = [{}, { path: "a/z.csv" }, { path: "a", pattern: glob("z") }].map((config) =>
      chooseFiles(open(), config).catch((error: { code: string; retryable: boolean }) => [
        error.code,
        error.retryable,
      ]),
    );
    expect(await Promise.all(codes)).toEqual([
      ["path_missing", false],
      ["file_not_found", true],
      ["no_files", true],
    ]);
  });

  it("fills a template of dates", async () => {
    const lister = { ...open(), walk: folderOf(["d/2024/02/o.csv"]) };
    const config = { path: "d", pattern: { type: "date_template" as const, value: "{YYYY}/{MM}/o.csv" } };
    const files = await chooseFiles(lister, config, new Date("2024-02-29T12:00:00Z"));
    expect(files.map((file) => file.path)).toEqual(["d/2024/02/o.csv"]);
  });
});

const folderOf = (paths: string[]): ConnectedFiles["walk"] =>
  async function* ({ folder, wanted }) {
    for (const path of paths) if (wanted(path.slice(folder.length + 1))) yield found(path);
  };

describe("what is not asked for", () => {
  it("of objects: only keys that can match, below the prefix", async () => {
    const { asked, lister } = objects("a/b");
    expect(await chosen(lister, "a", "**/*.csv")).toEqual(["a/b/c/x.csv", "a/b/x.csv"]);
    expect(asked).toEqual(["a/b**"]);
    await expect(chosen(lister, "a", "*.csv")).rejects.toMatchObject({ code: "no_files" });
    await expect(chosen(lister, "other", "*.csv")).rejects.toMatchObject({ code: "no_files" });
    await expect(chooseFiles(lister, { path: "a/x.csv" })).rejects.toMatchObject({ code: "file_not_found" });
    expect(asked).toEqual(["a/b**", "a/b"]);
    await expect(chooseFiles(lister, { path: "a/b/c" })).rejects.toMatchObject({ code: "path_is_folder" });
  });

  it("of folders: only those in which a match can be", async () => {
    const { asked, lister } = folders();
    expect(await chosen(lister, undefined, "a/b/*.csv")).toEqual(["a/b/x.csv"]);
    expect(asked).toEqual(["", "a", "a/b", "a/b/c"]);
  });

  it("a folder that may not be read is an error, or passed over", async () => {
    const { lister } = folders();
    const everything = { folder: "", deep: true, begins: "", wanted: () => true };
    const all = async (passOver: boolean) => {
      const paths: string[] = [];
      for await (const file of lister.walk({ ...everything, passOver })) paths.push(file.path);
      return paths;
    };
    await expect(all(false)).rejects.toThrow("denied");
    expect(await all(true)).toHaveLength(5);
  });
});
