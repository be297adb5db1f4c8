import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { gzipSync } from "node:zlib";
import type { Answered } from "./statements.ts";

/** Rows that stand in the answer itself, and in each chunk that is fetched by its address. */
const INLINE = 500;
const CHUNK = 5_000;

/** Rows as they go over the wire: the first in the answer, the rest in chunks that are fetched by their address. */
export class Results {
  /** The next chunk that is asked for breaks off. */
  broken = false;
  readonly #chunks = new Map<string, string>();

  /** @param url of the server, without a slash at the end. */
  answer(url: string, { columns, rows }: Answered): unknown {
    const chunks: unknown[] = [];
    for (let at = INLINE; at < rows.length; at += CHUNK) {
      const part = rows.slice(at, at + CHUNK);
      // A chunk is the rows with commas between them, and no brackets around.
      const text = JSON.stringify(part).slice(1, -1);
      const name = randomUUID();
      this.#chunks.set(name, text);
      const sizes = { rowCount: part.length, uncompressedSize: text.length, compressedSize: text.length };
      chunks.push({ url: `${url}/chunk/${name}?signature=${name.slice(0, 8)}`, ...sizes });
    }
    return {
      ...{ parameters: [], rowset: rows.slice(0, INLINE), total: rows.length, returned: rows.length },
      rowtype: columns.map((name) => ({
        ...{ name, database: "", schema: "", table: "", type: "text", nullable: true, length: 16_777_216 },
        ...{ byteLength: 16_777_216, precision: null, scale: null, collation: null },
      })),
      ...(chunks.length > 0 && { chunks, chunkHeaders: { "x-test-chunk": "1" } }),
      ...{ queryId: randomUUID(), databaseProvider: null, numberOfBinds: 0, arrayBindSupported: false },
      ...{ statementTypeId: 4096, version: 1, sendResultTime: Date.now(), queryResultFormat: "json" },
      ...{ finalDatabaseName: null, finalSchemaName: null, finalWarehouseName: null, finalRoleName: null },
    };
  }

  chunk(url: URL, request: IncomingMessage, response: ServerResponse): void {
    const name = url.pathname.slice("/chunk/".length);
    const text = this.#chunks.get(name);
    const allowed =
      request.headers["x-test-chunk"] === "1" && url.searchParams.get("signature") === name.slice(0, 8);
    if (text === undefined || !allowed) {
      response.statusCode = 403;
      return void response.end();
    }
    if (this.broken) {
      this.broken = false;
      return void response.destroy();
    }
    response.setHeader("content-encoding", "gzip");
    response.end(gzipSync(text, { level: 1 }));
  }
}
