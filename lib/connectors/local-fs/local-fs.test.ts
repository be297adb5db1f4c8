import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fileConnectorKit, shelfIn, TENANT } from "#tests/file-connector-kit.ts";
import { bytesOf, sampleFiles, writeInto } from "#tests/files-kit.ts";
import type { FileStore } from "../connector.ts";
import { localFsConnector } from "./local-fs.ts";

const kit = fileConnectorKit(localFsConnector);

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "penstock-folder-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const put = (name: string, content: string) => {
  mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
  writeFileSync(path.join(folder, name), content);
};
const given = (at = folder, tenant = TENANT) => ({ tenant, config: { path: at } });
const textOf = async (store: FileStore, at: string) => {
  const file = await store.open(at);
  const text = String(await bytesOf(file));
  await file.close();
  return text;
};

describe("a folder of this machine as a source", () => {
  it("moves, writes and removes files, and writes over none", async () => {
    await kit.expectToWrite(shelfIn(folder), { path: folder });
  });

  it("notices a file that changes while it is read", async () => {
    const sizes = { before: 6_000_000, after: 6_000_004 };
    await kit.expectToNotice(shelfIn(folder), { path: folder }, sizes);
  });

  it("does not move a link, nor out of the folders that may be written", async () => {
    put("real.csv", "id\n1\n");
    symlinkSync("real.csv", path.join(folder, "link.csv"));
    symlinkSync("/etc", path.join(folder, "way-out"));
    await kit.reading({ path: folder }, async ({ writing }) => {
      const code = (work: Promise<unknown> | undefined) => expect(work).rejects;
      await code(writing?.move("link.csv", "done/link.csv")).toMatchObject({ code: "path_refused" });
      for (const to of ["../../etc/x.csv", "a/../../x.csv"])
        await code(writing?.move("real.csv", to)).toMatchObject({ code: "path_refused" });
      await code(writing?.move("real.csv", "way-out/x.csv")).toMatchObject({ code: "path_outside_roots" });
      await code(writing?.checkFolder("way-out/new")).toMatchObject({ code: "path_outside_roots" });
    });
    expect(readFileSync(path.join(folder, "real.csv"), "utf8")).toBe("id\n1\n");
  });

  it("has paths relative to it, and nothing outside it", async () => {
    put("a/o-1.csv", "id\n1\n");
    put("a/o-2.csv", "id\n2\n");
    symlinkSync("/etc/hostname", path.join(folder, "link.csv"));
    await kit.reading({ path: folder }, async (store) => {
      const files = await store.list({ path: "a", pattern: { type: "glob", value: "o-*.csv" } });
      expect(files.map((file) => file.path)).toEqual(["a/o-1.csv", "a/o-2.csv"]);
      expect(await textOf(store, "a/o-2.csv")).toBe("id\n2\n");
      expect(await textOf(store, "/a/o-2.csv"), "a path never begins at the machine's root").toBe("id\n2\n");
      for (const [at, code] of [
        ["../x.csv", "path_refused"],
        ["a/../../x.csv", "path_refused"],
        ["link.csv", "path_outside_roots"],
        ["a", "path_is_folder"],
        ["none.csv", "file_not_found"],
      ] as const)
        await expect(store.open(at), at).rejects.toMatchObject({ code });
      await expect(store.list({ path: "link.csv" })).rejects.toMatchObject({ code: "path_outside_roots" });
      await expect(store.list({ path: "../a", pattern: { type: "glob", value: "*" } })).rejects.toMatchObject(
        {
          code: "path_refused",
        },
      );
    });
  });

  it("reads files of every kind", async () => {
    const files = await sampleFiles();
    writeInto(folder, files);
    await kit.expectToRead({ path: folder }, files);
  });

  it("offers its files as streams, and passes over links that lead away", async () => {
    put("a/o-1.csv", "id\n1\n");
    put("a/o-2.csv", "id\n2\n");
    put("b.jsonl", '{"k":"v"}\n');
    symlinkSync("/etc/hostname", path.join(folder, "link.csv"));
    const page = await kit.discover({ path: folder }, 10);
    expect(page.streams.map(({ name, columns }) => [name, columns.map((column) => column.name)])).toEqual([
      ["a/o-*.csv", ["id"]],
      ["b.jsonl", ["k"]],
    ]);
    expect(await localFsConnector.preview(given(), { stream: "b.jsonl", rows: 1 })).toMatchObject({
      rows: [["v"]],
    });
  });

  it("is tried: the folder, its listing, a file", async () => {
    const empty = await localFsConnector.check(given());
    expect(empty).toMatchObject({ ok: true });
    expect(empty.stages.at(-1)?.message).toContain("empty");
    put("b.csv", "id\n1\n");
    const { ok, stages } = await localFsConnector.check(given());
    expect([ok, stages.map(({ stage }) => stage)]).toEqual([true, ["database", "privileges", "first_row"]]);
    expect(stages.at(-1)?.message).toContain("b.csv");
    for (const [at, code, tenant] of [
      [path.join(folder, "none"), "unknown_folder"],
      [path.join(folder, "b.csv"), "unknown_folder"],
      ["/etc", "path_outside_roots"],
      [folder, "path_outside_roots", "t_other"],
    ] as const)
      expect((await localFsConnector.check(given(at, tenant))).failure, at).toMatchObject({
        stage: "database",
        code,
        field: "path",
      });
  });
});
