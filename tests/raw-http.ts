import { connect } from "node:net";

/** An answer as it came over the wire. */
export type RawAnswer = { status: number; headers: Record<string, string>; body: string };

/**
 * Sends a request byte by byte as given and reads one answer to its end.
 * @param head request line and headers, without the empty line. @throws Error if the connection ends before the answer.
 */
export function sendRaw(port: number, head: string, body: string | Buffer = ""): Promise<RawAnswer> {
  return new Promise((done, broken) => {
    const socket = connect(port, "127.0.0.1");
    const withoutBody = head.startsWith("HEAD ");
    let said = Buffer.alloc(0);
    const look = (ended: boolean) => {
      const answer = readAnswer(said, withoutBody, ended);
      if (!answer) return;
      socket.destroy();
      done(answer);
    };
    socket.on("connect", () => {
      socket.write(`${head.trim().replace(/\s*\n\s*/g, "\r\n")}\r\n\r\n`);
      socket.write(body);
    });
    socket.on("data", (chunk) => {
      said = Buffer.concat([said, chunk]);
      look(false);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      look(true);
      broken(new Error(`The connection ended with ${JSON.stringify(said.toString().slice(0, 500))}`));
    });
  });
}

function readAnswer(bytes: Buffer, withoutBody: boolean, ended: boolean): RawAnswer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const status = Number(line.split(" ")[1]);
  if (status === 100) return readAnswer(bytes.subarray(end + 4), withoutBody, ended);
  const headers = Object.fromEntries(
    lines.map((each) => [each.slice(0, each.indexOf(":")).toLowerCase(), each.slice(each.indexOf(":") + 2)]),
  );
  const rest = bytes.subarray(end + 4);
  if (withoutBody || status === 204 || status === 304) return { status, headers, body: "" };
  if (headers["transfer-encoding"] === "chunked") {
    const body = unchunk(rest);
    return body === undefined ? undefined : { status, headers, body };
  }
  const length = headers["content-length"];
  if (length === undefined && !ended) return undefined;
  if (rest.length < Number(length ?? 0)) return undefined;
  return { status, headers, body: rest.toString() };
}

/** The body inside chunks, once the last one is there. */
function unchunk(bytes: Buffer): string | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(bytes.subarray(at, end).toString(), 16);
    if (size === 0) return Buffer.concat(parts).toString();
    if (bytes.length < end + 4 + size) return undefined;
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 4 + size;
  }
}
