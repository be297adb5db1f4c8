import { rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { FilePort, FileStore, OpenedFile } from "#lib/connectors/connector.ts";
import { STAGES } from "#lib/connectors/schema.ts";
import { bytesOf, expectToRead, largeFile, outcome, type SampleFiles } from "./files-kit.ts";
import { startCuttingRelay } from "./servers/cutting-relay.ts";

/** The tenant whose sources the tests of connectors are. */
export const TENANT = "t_demo";

/** The stages of a check where nothing is wrong and nothing encrypted. */
export const CLEAR_STAGES = STAGES.filter((stage) => stage !== "tls");

/** Where a test puts files for the connector to find, past the connector. */
export type Shelf = {
  put: (name: string, content: Buffer) => unknown;
  remove: (name: string) => unknown;
};

/** A folder of this machine that a server serves. */
export const shelfIn = (folder: string): Shelf => ({
  put: (name, content) => writeFileSync(path.join(folder, name), content),
  remove: (name) => rmSync(path.join(folder, name)),
});

/** A server behind a relay that cuts connections. */
type Relayed<Config> = {
  /** The server's own port. */
  to: number;
  /** What reads through the relay. */
  configAt: (port: number) => Config;
  relay?: typeof startCuttingRelay;
};

/** The same things that every connector of files is asked for in its tests. */
export function fileConnectorKit<Config>(port: FilePort<Config>) {
  const given = (config: Config) => ({ tenant: TENANT, config });
  const reading = async <T>(config: Config, use: (store: FileStore) => Promise<T>): Promise<T> => {
    const store = await port.open(given(config));
    try {
      return await use(store);
    } finally {
      await store.close();
    }
  };
  const withFile = async (shelf: Shelf, name: string, content: Buffer, use: () => Promise<void>) => {
    await shelf.put(name, content);
    try {
      await use();
    } finally {
      await shelf.remove(name);
    }
  };

  return {
    /** What came of a check, in short. */
    check: (config: Config) => outcome(port, TENANT, config),
    names: (config: Config) => port.names(given(config)),
    discover: (config: Config, limit: number) => port.discover(given(config), { limit }),
    /** Uses an open store, and closes it. */
    reading,
    /** All bytes of a file. */
    read: (config: Config, name: string, range?: { start?: number; end?: number }) =>
      reading(config, async (store) => bytesOf(await store.open(name), range)),

    /** It reads the sample files. */
    expectToRead: (config: Config, files: SampleFiles) => expectToRead(port, given(config), files),

    /** With the prefix `orders/` it knows what begins with it, and nothing else. */
    expectToStayBelow: async (config: Config) => {
      expect(await port.names(given(config))).toEqual(["orders/*.csv", "orders/old/2023-12-31.csv"]);
      await reading(config, (store) =>
        expect(store.open("lines.jsonl")).rejects.toMatchObject({ code: "file_not_found" }),
      );
    },

    /** A file comes whole over connections that break three times. */
    expectToGoOn: async (
      shelf: Shelf,
      { to, configAt, relay: start = startCuttingRelay }: Relayed<Config>,
    ) => {
      const large = largeFile(6_000_000);
      await withFile(shelf, "large.csv", large, async () => {
        const relay = await start({ to, afterBytes: 1_500_000, cuts: 3 });
        await reading(configAt(relay.port), async (store) => {
          expect((await bytesOf(await store.open("large.csv"))).equals(large)).toBe(true);
        });
        expect(relay.cuts()).toBe(3);
        await relay.stop();
      });
    },

    /** A file that is written again while it is read is not put together from two versions. */
    expectToNotice: async (
      shelf: Shelf,
      config: Config,
      { before, after }: { before: number; after: number },
      afterwards?: (file: OpenedFile) => Promise<void>,
    ) => {
      const changed = largeFile(after);
      await withFile(shelf, "changing.csv", largeFile(before), () =>
        reading(config, async (store) => {
          const file = await store.open("changing.csv");
          let first = true;
          const all = async () => {
            for await (const _ of file.stream()) {
              if (first) await shelf.put("changing.csv", changed);
              first = false;
            }
          };
          await expect(all()).rejects.toMatchObject({ code: "file_changed" });
          await afterwards?.(file);
        }),
      );
    },

    /** A reading that is aborted ends at once, and the store takes nothing more. */
    expectToEnd: async (shelf: Shelf, config: Config) =>
      withFile(shelf, "long.csv", largeFile(8_000_000), async () => {
        const abort = new AbortController();
        const store = await port.open(given(config), { signal: abort.signal });
        try {
          const file = await store.open("long.csv");
          const all = async () => {
            for await (const _ of file.stream()) abort.abort(new Error("enough"));
          };
          await expect(all()).rejects.toThrow();
          await expect(store.open("lines.jsonl")).rejects.toThrow("enough");
        } finally {
          await store.close();
        }
      }),
  };
}
