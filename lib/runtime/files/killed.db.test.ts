import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { FilesKilling } from "#tests/files-killing.ts";
import { FORKED_MS } from "#tests/killing/forked.ts";

const url = inject("postgresUrl") ?? "";

describe.skipIf(!url)("a worker killed amid its files", () => {
  let killing: FilesKilling;
  beforeAll(() => {
    killing = new FilesKilling(url);
  });
  afterAll(() => killing.close());

  // All of them: tests/files-killed.soak.ts.
  test.each([
    [{ what: "unlink", nth: 2 }, true],
    [{ what: "writing down that files are out of their folder", nth: 1 }, true],
    [{ what: "marking the load", nth: 1 }, true],
    [{ what: "link", nth: 5 }, true],
    [{ what: "unlink", nth: 5 }, true],
    [{ what: "unlink", nth: 8 }, true],
    [{ what: "telling the run's end", nth: 1 }, true],
    [{ what: "forgetting a file that lies where it belongs", nth: 2 }, false],
  ] as const)(
    "loses no file and loads none twice: %o, staging: %s",
    (moment, staging) => killing.expectWhole(moment, staging),
    FORKED_MS,
  );
});
