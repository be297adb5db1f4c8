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

async function* nothing(): AsyncGenerator<Buffer> {}

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

    /** It moves, writes and removes files, makes the folders for it, and never writes over anything. */
    expectToWrite: async (shelf: Shelf, config: Config) => {
      const content = largeFile(20_000_003);
      await shelf.put("inbox.csv", Buffer.from("id\n1\n"));
      await reading(config, async (store) => {
        const { writing } = store;
        if (!writing) throw new Error("It cannot be written to");
        const textAt = async (at: string) => String(await bytesOf(await store.open(at)));
        const code = (work: Promise<unknown>) =>
          work.then(
            () => "done",
            (error) => error.code,
          );
        await writing.checkFolder("done/2024");
        await writing.move("inbox.csv", "done/2024/é a+b.csv");
        expect(await textAt("done/2024/é a+b.csv")).toBe("id\n1\n");
        expect(await store.stat("inbox.csv")).toBeUndefined();
        expect(await code(writing.move("inbox.csv", "done/x.csv"))).toBe("file_not_found");
        await shelf.put("inbox.csv", Buffer.from("id\n2\n"));
        expect(await code(writing.move("inbox.csv", "done/2024/é a+b.csv"))).toBe("file_exists");
        expect(await textAt("inbox.csv")).toBe("id\n2\n");
        expect(await textAt("done/2024/é a+b.csv")).toBe("id\n1\n");

        const parts = async function* () {
          for (let at = 0; at < content.length; at += 70_001) yield content.subarray(at, at + 70_001);
        };
        expect(await writing.write("kept/large.bin", parts(), "token")).toBe(content.length);
        expect((await bytesOf(await store.open("kept/large.bin"))).equals(content)).toBe(true);
        expect(await writing.write("kept/empty.bin", nothing(), "token")).toBe(0);
        expect(await store.stat("kept/empty.bin")).toMatchObject({ bytes: 0 });
        expect(await code(writing.write("kept/empty.bin", parts(), "token"))).toBe("file_exists");
        const broken = async function* () {
          yield content.subarray(0, 9_000_000);
          throw new Error("broken off");
        };
        expect(await code(writing.write("kept/broken.bin", broken(), "token"))).not.toBe("done");
        const left = await store.list({ path: "kept", pattern: { type: "glob", value: "**" } });
        expect(left.map(({ path: at }) => at.replace(/^.*kept\//, ""))).toEqual(["empty.bin", "large.bin"]);
        for (const at of ["kept/large.bin", "kept/empty.bin", "done/2024/é a+b.csv", "inbox.csv", "none.csv"])
          await writing.remove(at);
        expect(await store.stat("inbox.csv")).toBeUndefined();
      });
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
