import { Readable } from "node:stream";
import type { Client } from "basic-ftp";
import type { FileWriting } from "../connector.ts";
import { DataError } from "../data-error.ts";
import { folderOf } from "../files/file-lister.ts";
import { fileExists, fileGone, notWhole, writeDenied } from "../files/write-errors.ts";
import { lookAt } from "./ftp-folder.ts";
import { statusOf } from "./ftp-session.ts";

type Work = <Result>(work: (client: Client) => Promise<Result>) => Promise<Result>;

/**
 * Writing to a server. A move is RNFR and RNTO, once the new name was seen to be free; what is written has a name of
 * its own until it is whole.
 * @param inTurn works over the connection that is open.
 * @param alone works over one of its own: bytes that were sent in part cannot be sent again.
 */
export function ftpWriting(placeOf: (path: string) => string, inTurn: Work, alone: Work): FileWriting {
  /** What a server lets a name be for. Some say 550 to all that they refuse. */
  const refused = (path: string, error: unknown) =>
    statusOf(error) === undefined ? error : writeDenied(path, `The server says: ${(error as Error).message}`);
  const isThere = async (client: Client, path: string) => {
    try {
      return (await lookAt(client, placeOf(path), path)) !== undefined;
    } catch (error) {
      if (error instanceof DataError && error.code === "path_is_folder") return true;
      throw error;
    }
  };
  const makeFolder = async (client: Client, folder: string) => {
    if (folder === "") return;
    const home = await client.pwd();
    try {
      await client.ensureDir(folder);
    } catch (error) {
      throw refused(folder, error);
    } finally {
      if (!client.closed) await client.cd(home);
    }
  };
  const rename = async (client: Client, from: string, to: string, path: string) => {
    try {
      await client.rename(from, to);
    } catch (error) {
      throw refused(path, error);
    }
  };
  const remove = async (client: Client, path: string) => {
    try {
      await client.remove(placeOf(path));
    } catch (error) {
      if (statusOf(error) === undefined || (await isThere(client, path))) throw refused(path, error);
    }
  };
  return {
    move: (from, to) =>
      inTurn(async (client) => {
        if (!(await isThere(client, from))) throw fileGone(from);
        if (await isThere(client, to)) throw fileExists(to);
        await makeFolder(client, folderOf(placeOf(to)));
        await rename(client, placeOf(from), placeOf(to), to);
      }),
    write: async (path, content, token) => {
      const place = placeOf(path);
      const folder = folderOf(place);
      const part = `${folder === "" ? "" : `${folder}/`}.${token}.part`;
      // The connection may be gone on which it failed.
      const giveUp = () => inTurn((client) => client.remove(part)).catch(() => undefined);
      const written = alone(async (client) => {
        if (await isThere(client, path)) throw fileExists(path);
        await makeFolder(client, folder);
        let bytes = 0;
        const counted = async function* () {
          for await (const chunk of content) {
            bytes += chunk.length;
            yield chunk;
          }
        };
        const source = Readable.from(counted(), { objectMode: false });
        try {
          await client.uploadFrom(source, part);
        } catch (error) {
          throw refused(path, error);
        }
        if ((await client.size(part)) !== bytes) throw notWhole(path);
        await rename(client, part, place, path);
        return bytes;
      });
      return written.catch(async (error) => {
        await giveUp();
        throw error;
      });
    },
    remove: (path) => inTurn((client) => remove(client, path)),
    checkFolder: (folder) => inTurn((client) => makeFolder(client, placeOf(folder))),
  };
}
