import { createServer, type IncomingHttpHeaders } from "node:http";
import { type Listening, listenOn } from "./listening.ts";

/** What a receiver does with a request: a status, with headers if need be, or nothing at all, or it breaks off. */
export type Answer = number | { status: number; headers: Record<string, string> } | "hang" | "cut";

/** A request as it came. */
export type Received = { path: string; headers: IncomingHttpHeaders; text: string; body: unknown };

/** Something that takes messages over HTTP. */
export type Receiver = Listening & {
  received: Received[];
  /** What it does next, in order; when there is no more, it answers 204. */
  answers: Answer[];
};

/** Starts one on a port of its own. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const answers: Answer[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const text = Buffer.concat(chunks).toString("utf8");
      received.push({ path: request.url ?? "", headers: request.headers, text, body: JSON.parse(text) });
      const answer = answers.shift() ?? 204;
      if (answer === "hang") return;
      if (answer === "cut") return void request.socket.destroy();
      const { status, headers } = typeof answer === "number" ? { status: answer, headers: {} } : answer;
      response.writeHead(status, headers).end(status === 204 ? undefined : "no thanks");
    });
  });
  return { ...(await listenOn(server)), received, answers };
}
