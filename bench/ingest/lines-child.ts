import { request } from "node:http";
import { Readable } from "node:stream";
import { eventText } from "./sample.ts";

/** What the generator of a stream is told to do, as the last argument of its command line. */
export type LinesOrder = {
  port: number;
  key: string;
  events: number;
  first: number;
  /** Bytes of ballast in each event's payload, beside its text. */
  ballast?: number;
};

/** What it says when the answer has come to its end. */
export type LinesAnswer = { seconds: number; bytes: number; accepted: number; said: string };

const BATCH = 200;

function* lines({ events, first, ballast = 0 }: LinesOrder): Generator<string> {
  const filling = ballast > 0 ? `"ballast":"${"0123456789abcdef".repeat(ballast / 16)}",` : "";
  for (let at = 0; at < events; at += BATCH) {
    let text = "";
    for (let each = at; each < Math.min(at + BATCH, events); each++)
      text += `${eventText(first + each).replace('"payload":{', `"payload":{${filling}`)}\n`;
    yield text;
  }
}

/** Sends all events in one request, as fast as they are taken, and reads how many were accepted. */
function send(order: LinesOrder): Promise<LinesAnswer> {
  const begin = performance.now();
  let bytes = 0;
  return new Promise((done, broken) => {
    const outgoing = request({
      host: "127.0.0.1",
      port: order.port,
      method: "POST",
      path: "/v1/ingest/events?results=failed",
      headers: { authorization: `Bearer ${order.key}`, "content-type": "application/x-ndjson" },
    });
    outgoing.on("error", broken);
    outgoing.on("response", (answer) => {
      let said = "";
      answer.setEncoding("utf8");
      answer.on("data", (text) => {
        said = (said + text).slice(-2_000);
      });
      answer.on("end", () => {
        const accepted = Number(/"accepted":(\d+)/.exec(said)?.[1] ?? 0);
        done({ seconds: (performance.now() - begin) / 1000, bytes, accepted, said });
      });
    });
    Readable.from(
      (function* () {
        for (const text of lines(order)) {
          bytes += text.length;
          yield Buffer.from(text, "latin1");
        }
      })(),
    ).pipe(outgoing);
  });
}

process.stdout.write(JSON.stringify(await send(JSON.parse(process.argv.at(-1) ?? ""))));
