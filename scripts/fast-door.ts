import type { IncomingMessage, ServerResponse } from "node:http";
import { getRequestListener } from "@hono/node-server";
import { AppError } from "#lib/errors.ts";
import { problemResponse, type RouteHandler, requestIdOf } from "#lib/http/index.ts";

/** Answers one request of Node's server. */
export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** What a route file exports, by method. */
export type RouteFile = Readonly<Record<string, RouteHandler>>;

/** Hosts whose addresses any parser reads alike; what is stranger is left to the other door. */
const PLAIN_HOST = /^[a-z0-9.-]+(:\d{1,5})?$|^\[[0-9a-f:.]+\](:\d{1,5})?$/i;

/** What stands for a parameter: one segment that any parser reads alike. What is stranger is left to the other door. */
const PLAIN_SEGMENT = "([\\w-]+)";

type Params = Record<string, string>;
type Door = { file: RouteFile; listen: Listener };
/** Reads a path's parameters; undefined if the path is not one of the route's. */
type Reader = (path: string) => Params | undefined;

/**
 * Serves some route files straight from Node, in front of the framework. It calls the same exported handlers, so the
 * answers are the same; a request is the framework's whenever its path or method is not exactly one of these.
 * @param files route files by their path, with parameters in braces: `/things/{id}`.
 * @param rest the framework's listener.
 */
export function fastDoor(files: Readonly<Record<string, RouteFile>>, rest: Listener): Listener {
  const doors = Object.entries(files).map(([template, file]) => {
    const read = readerOf(template);
    return { read, door: { file, listen: listenerOf(file, read) } };
  });
  const find = (path: string): Door | undefined => doors.find(({ read }) => read(path))?.door;
  const isPlain = plainHosts();
  return (incoming, outgoing) => {
    const { url = "", method = "", headers } = incoming;
    const door = find(pathOf(url));
    const ours = door && Object.hasOwn(door.file, method) && isPlain(headers.host ?? "");
    return ours ? door.listen(incoming, outgoing) : rest(incoming, outgoing);
  };
}

function listenerOf(file: RouteFile, read: Reader): Listener {
  return getRequestListener(
    (request, { incoming }) => {
      const params = Promise.resolve(read(pathOf(incoming.url ?? "")) ?? {});
      return file[request.method]?.(request, { params });
    },
    { overrideGlobalObjects: false },
  );
}

function readerOf(template: string): Reader {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  if (names.length === 0) return (path) => (path === template ? {} : undefined);
  const pattern = new RegExp(`^${template.replaceAll(/\{\w+\}/g, PLAIN_SEGMENT)}$`);
  return (path) => {
    const found = pattern.exec(path);
    return found ? Object.fromEntries(names.map((name, at) => [name, found[at + 1] ?? ""])) : undefined;
  };
}

function pathOf(url: string): string {
  const query = url.indexOf("?");
  return query < 0 ? url : url.slice(0, query);
}

/** Tells hosts that any parser reads alike from strange ones. The last plain one, mostly the only one, is remembered. */
function plainHosts(): (host: string) => boolean {
  let known = "";
  return (host) => {
    if (host === known && host !== "") return true;
    if (!PLAIN_HOST.test(host) || !URL.canParse(`http://${host}`)) return false;
    known = host;
    return true;
  };
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/** Answers 405 where the framework would say 400 and nothing else: to methods that no page and no route has. */
export function refuseForeignMethods(rest: Listener): Listener {
  return async (incoming, outgoing) => {
    if (METHODS.includes(incoming.method ?? "")) return rest(incoming, outgoing);
    const allow = METHODS.join(", ");
    const refused = new AppError("method_not_allowed", `Known here: ${allow}.`, { headers: { allow } });
    const given = incoming.headers["x-request-id"];
    const headers = new Headers(typeof given === "string" ? { "x-request-id": given } : {});
    const answer = problemResponse(refused, requestIdOf({ headers }));
    outgoing.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  };
}
