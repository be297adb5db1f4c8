import { connect } from "node:net";
import { eventText } from "./sample.ts";

/** What the generator is told to do, as the last argument of its command line. */
export type LoadOrder = {
  port: number;
  key: string;
  connections: number;
  seconds: number;
  /** Number of the first event; every later one is unlike it. */
  first: number;
};

/** What it says when it has done it. Latencies in milliseconds. */
export type LoadAnswer = {
  requests: number;
  perSecond: number;
  failed: number;
  firstFailure?: string;
  p50: number;
  p99: number;
  max: number;
  next: number;
};

/**
 * Keeps that many connections busy, each with one request at a time, over bare sockets: what it costs itself is little,
 * and it is a process of its own. Every answer is read to its end and has to be 200.
 */
async function load(order: LoadOrder): Promise<LoadAnswer> {
  let next = order.first;
  const latencies: number[] = [];
  let failed = 0;
  let firstFailure: string | undefined;
  const begin = performance.now();
  const until = begin + order.seconds * 1000;
  const run = () =>
    new Promise<void>((done, broken) => {
      const socket = connect(order.port, "127.0.0.1");
      socket.setNoDelay(true);
      let said = "";
      let sent = 0;
      const send = () => {
        if (performance.now() >= until) {
          socket.end();
          return done();
        }
        const body = eventText(next++);
        sent = performance.now();
        socket.write(
          `POST /v1/ingest/events HTTP/1.1\r\nhost: 127.0.0.1:${order.port}\r\nauthorization: Bearer ${order.key}\r\n` +
            `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
          "latin1",
        );
      };
      socket.on("connect", send);
      socket.on("error", broken);
      socket.on("data", (chunk) => {
        said += chunk.toString("latin1");
        if (!isWhole(said)) return;
        latencies.push(performance.now() - sent);
        if (!said.startsWith("HTTP/1.1 200 ")) {
          failed += 1;
          firstFailure ??= said;
        }
        said = "";
        send();
      });
    });
  await Promise.all(Array.from({ length: order.connections }, run));
  const seconds = (performance.now() - begin) / 1000;
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.ceil(share * latencies.length) - 1] ?? Number.NaN;
  return {
    requests: latencies.length,
    perSecond: (latencies.length - failed) / seconds,
    failed,
    firstFailure,
    p50: at(0.5),
    p99: at(0.99),
    max: at(1),
    next,
  };
}

/** True if the text is one whole HTTP answer. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const head = text.slice(0, end).toLowerCase();
  const at = head.indexOf("content-length: ");
  if (at >= 0) return text.length >= end + 4 + Number.parseInt(head.slice(at + 16), 10);
  return text.endsWith("0\r\n\r\n");
}

process.stdout.write(JSON.stringify(await load(JSON.parse(process.argv.at(-1) ?? ""))));
