import { afterAll, beforeAll, describe, inject, test } from "vitest";
import { FILES_MOMENTS, FilesKilling } from "./files-killing.ts";
import { FORKED_MS } from "./killing/forked.ts";

const url = inject("postgresUrl") ?? "";

describe.skipIf(!url).each([true, false])(
  "a worker killed at every moment of its files, staging: %s",
  (staging) => {
    let killing: FilesKilling;
    beforeAll(() => {
      killing = new FilesKilling(url);
    });
    afterAll(() => killing.close());

    // Without a staging folder, nothing is moved before it is read.
    const moments = FILES_MOMENTS.filter(
      ({ what, nth }) =>
        staging || !(what.includes("out of their folder") || (what.endsWith("link") && nth > 6)),
    );
    test.each(moments)("before $what, $nth", (moment) => killing.expectWhole(moment, staging), FORKED_MS);
  },
);
