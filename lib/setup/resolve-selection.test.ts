import { describe, expect, test } from "vitest";
import { resolveSelection } from "./resolve-selection.ts";
import type { Selection } from "./state.ts";

const NAMES = [
  "public.orders",
  "public.order_items",
  "public.Customers",
  "sales.orders",
  "logs/*.csv",
  "Odd Name",
];
const names = (...list: string[]): Selection => ({ by: "names", names: list });

describe("resolveSelection", () => {
  test.each<[string, Selection, string[], string[]]>([
    ["all", { by: "all" }, NAMES, []],
    ["the first two", { by: "first", count: 2 }, NAMES.slice(0, 2), []],
    ["more than there are", { by: "first", count: 99 }, NAMES, []],
    ["a whole name", names("sales.orders"), ["sales.orders"], []],
    ["a whole name in another case", names("PUBLIC.ORDERS"), ["public.orders"], []],
    ["a name without its schema, wherever it is", names("orders"), ["public.orders", "sales.orders"], []],
    ["a name without its schema, in another case", names("customers"), ["public.Customers"], []],
    ["a name with a space", names("odd name"), ["Odd Name"], []],
    ["files by their folder", names("logs"), ["logs/*.csv"], []],
    ["a pattern", names("public.o*"), ["public.orders", "public.order_items"], []],
    ["a pattern without a schema", names("order?items"), ["public.order_items"], []],
    ["what is not there", names("orders", "nope"), ["public.orders", "sales.orders"], ["nope"]],
    ["a pattern that nothing has", names("x*"), [], ["x*"]],
    [
      "all but some",
      { by: "except", names: ["orders", "logs"] },
      ["public.order_items", "public.Customers", "Odd Name"],
      [],
    ],
    [
      "all but what holds a word",
      { by: "except", names: ["cust"] },
      NAMES.filter((name) => name !== "public.Customers"),
      [],
    ],
    ["all but what is not there", { by: "except", names: ["nope"] }, NAMES, ["nope"]],
    ["words", { by: "words", words: ["order"] }, ["public.orders", "public.order_items", "sales.orders"], []],
    [
      "a word in the plural",
      { by: "words", words: ["orders"] },
      ["public.orders", "public.order_items", "sales.orders"],
      [],
    ],
    ["a word that none has", { by: "words", words: ["nope"] }, [], ["nope"]],
    ["nothing", names(""), [], [""]],
  ])("%s", (_what, selection, found, unknown) => {
    expect(resolveSelection(selection, NAMES)).toEqual({ names: found, unknown });
  });

  test("the first ones are those that were shown", () => {
    expect(
      resolveSelection({ by: "first", count: 2 }, NAMES, ["sales.orders", "gone", "Odd Name"]).names,
    ).toEqual(["sales.orders", "Odd Name"]);
  });

  test("a pattern that fits almost everything takes no longer than others", () => {
    const before = process.cpuUsage();
    resolveSelection(
      names(`${"*a".repeat(2_000)}b`),
      Array.from({ length: 50 }, () => "a".repeat(2_000)),
    );
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(2_000);
  });
});
