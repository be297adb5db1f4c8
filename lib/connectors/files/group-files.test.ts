import { describe, expect, it } from "vitest";
import { groupFiles } from "./group-files.ts";
import { nameTest } from "./match-name.ts";

const files = (...paths: string[]) =>
  paths.map((path) => ({ path, bytes: 1, modifiedAt: new Date(Date.UTC(2024, 0, 1)) }));
const namesOf = (...paths: string[]) => groupFiles(files(...paths)).map(({ name }) => name);

describe("groupFiles", () => {
  it.each<[string, string[], string[]]>([
    ["one file", ["a/customers.csv"], ["a/customers.csv"]],
    ["one file with a date", ["a/orders-2024-01-01.csv"], ["a/orders-2024-01-01.csv"]],
    ["months", ["a/orders-2024-01.csv", "a/orders-2024-02.csv"], ["a/orders-*.csv"]],
    ["dates and times", ["o_20240101T0600Z.csv", "o_20240102T0600Z.csv"], ["o_*.csv"]],
    ["names of digits only", ["a/1.csv", "a/22.csv"], ["a/*.csv"]],
    ["several tables", ["a.csv", "b.csv"], ["a.csv", "b.csv"]],
    ["endings", ["x-1.csv", "x-2.csv", "x-1.csv.gz", "x-2.csv.gz"], ["x-*.csv", "x-*.csv.gz"]],
    ["folders by date", ["e/2024/01/x.jsonl", "e/2024/02/x.jsonl"], ["e/2024/*/x.jsonl"]],
    [
      "folders by key and value",
      ["e/dt=2024-01-01/part-0.parquet", "e/dt=2024-01-02/part-1.parquet"],
      ["e/dt=*/part-*.parquet"],
    ],
    [
      "ids of programs",
      [
        "t/part-00000-6fa459ea-ee8a-3ca4-894e-db77e160355e-c000.parquet",
        "t/part-00001-16fd2706-8baf-433b-82eb-8c7fada847da-c000.parquet",
      ],
      ["t/part-*-*-c*.parquet"],
    ],
    [
      "words that a short pattern would take too",
      ["o-1.csv", "o-2.csv", "o-eu.csv"],
      ["o-[0-9]*.csv", "o-eu.csv"],
    ],
    [
      "what is no data",
      ["_SUCCESS", ".a.csv", "_tmp/a.csv", "b.txt", "c.csv.crc", "img.png"],
      ["_tmp/a.csv"],
    ],
    ["signs that mean something in a pattern", ["a[1].csv", "a[2].csv"], ["a?*?.csv"]],
  ])("%s", (_title, paths, names) => {
    expect(namesOf(...paths)).toEqual(names);
  });

  it("gives each stream a configuration that takes its files and no others", () => {
    const all = files(
      "2024/01/orders-1.csv",
      "2024/02/orders-2.csv",
      "2024/02/returns.csv",
      "x{1}.csv",
      "x{2}.csv",
      "orders-7.csv",
    );
    for (const { config, files: own, also } of groupFiles(all)) {
      expect(also).toBeUndefined();
      const { path = "", pattern } = config;
      const test = pattern && nameTest(pattern, new Date()).test;
      const start = path === "" ? "" : `${path}/`;
      const taken = all.filter((file) =>
        test ? file.path.startsWith(start) && test(file.path.slice(start.length)) : file.path === path,
      );
      expect(taken).toEqual(own);
    }
  });

  it("tells which file a pattern takes besides, where none parts them", () => {
    const [first] = groupFiles(files("o-1.csv", "o-2.csv", "o-1-eu.csv", "o-2-eu.csv"));
    expect(first).toMatchObject({ name: "o-*-eu.csv" });
    const second = groupFiles(files("o-1.csv", "o-2.csv", "o-1-eu.csv", "o-2-eu.csv"))[1];
    expect(second).toMatchObject({ name: "o-[0-9]*.csv", also: "o-1-eu.csv" });
  });

  it("takes files of other endings where their format is said", () => {
    expect(groupFiles(files("a.txt", "b-1.dat", "b-2.dat"), "csv")).toMatchObject([
      { name: "a.txt", config: { path: "a.txt", format: { type: "csv" } } },
      { name: "b-*.dat", config: { pattern: { value: "b-*.dat" }, format: { type: "csv" } } },
    ]);
  });

  it("puts many files together quickly", () => {
    const many = Array.from({ length: 20_000 }, (_, at) => `t${at % 5_000}x/f-${at}.csv`);
    const letters = (at: number) =>
      at.toString(26).replace(/\d/g, (digit) => "qrstuvwxyz".charAt(Number(digit)));
    const tables = Array.from({ length: 10_000 }, (_, at) => [
      `${letters(at)}-1.csv`,
      `${letters(at)}-2.csv`,
    ]).flat();
    const before = process.cpuUsage();
    groupFiles(files(...many));
    groupFiles(files(...tables));
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(3_000);
  });
});
