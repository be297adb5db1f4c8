import { expect, it } from "vitest";
import { keepPatterns } from "./keep-patterns.ts";

it.each([
  ["Reads /in/*.csv; no columns of /in/*.csv", "Reads /in/\\*.csv; no columns of /in/\\*.csv"],
  ["no file matches *.parquet or a-*.csv", "no file matches \\*.parquet or a-\\*.csv"],
  ["`/in/*.csv` and **bold**, *this* too.", "`/in/*.csv` and **bold**, *this* too."],
  ["* one\n* two", "* one\n* two"],
])("%j", (text, kept) => expect(keepPatterns(text)).toBe(kept));
