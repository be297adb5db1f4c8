import { describe, expect, it } from "vitest";
import { choiceInWords, choose, countChosen, isChosen, nothingChosen } from "./words.ts";

describe("a choice of streams", () => {
  it("names what is ticked", () => {
    const two = choose(choose(nothingChosen, "public.orders", true), "public.order items", true);
    expect(choiceInWords(two)).toBe('only "public.orders", "public.order items"');
    expect(countChosen(two, 30)).toBe(2);
    expect(isChosen(two, "public.orders")).toBe(true);
    expect(isChosen(choose(two, "public.orders", false), "public.orders")).toBe(false);
  });

  it("names what is left out of all", () => {
    const all = { all: true, names: new Set<string>() };
    expect(choiceInWords(all)).toBe("all");
    const most = choose(all, "public.logs", false);
    expect(choiceInWords(most)).toBe('all except "public.logs"');
    expect([isChosen(most, "public.logs"), isChosen(most, "public.orders")]).toEqual([false, true]);
    expect(countChosen(most, 30)).toBe(29);
    expect(choiceInWords(choose(most, "public.logs", true))).toBe("all");
  });
});
