import { DataError } from "../../data-error.ts";
import type { GroupStart } from "./log-events.ts";

/** A place in a server's files. */
export type FilePlace = { file: string; at: number };

/**
 * Where a follower stands. MariaDB's is a number for each domain, which holds on a replica too, and tells a log that was
 * begun anew; MySQL's is a place in the files of one server.
 */
export type LogPosition =
  | { kind: "gtid"; domains: Map<number, { server: number; number: bigint }> }
  | ({ kind: "file"; server: string } & FilePlace);

const GTIDS = /^(?:\d+-\d+-\d+(?:,\d+-\d+-\d+)*)?$/;

/** `gtid:0-1-5,1-2-9`, or `file:<server's id>:<offset>:<file>`. */
export function formatPosition(position: LogPosition): string {
  if (position.kind === "file") return `file:${position.server}:${position.at}:${position.file}`;
  return `gtid:${formatGtids(position)}`;
}

/** As MariaDB writes it. */
export const formatGtids = ({ domains }: Extract<LogPosition, { kind: "gtid" }>): string =>
  [...domains]
    .sort(([a], [b]) => a - b)
    .map(([domain, { server, number }]) => `${domain}-${server}-${number}`)
    .join(",");

/** @throws DataError `changes_lost` for what is no position of ours */
export function parsePosition(text: string): LogPosition {
  const file = /^file:([^:]*):(\d+):(.+)$/.exec(text);
  if (file) return { kind: "file", server: file[1] ?? "", at: Number(file[2]), file: file[3] ?? "" };
  if (text.startsWith("gtid:") && GTIDS.test(text.slice(5))) return parseGtids(text.slice(5));
  throw new DataError("changes_lost", `"${text.slice(0, 100)}" is no position of a binary log.`, {
    hint: "Begin the mirror anew.",
  });
}

/** What MariaDB calls a GTID position: `0-1-5,1-2-9`, or nothing. */
export function parseGtids(text: string): Extract<LogPosition, { kind: "gtid" }> {
  const domains = new Map<number, { server: number; number: bigint }>();
  for (const gtid of text.split(",").filter(Boolean)) {
    const [domain = "", server = "", number = ""] = gtid.trim().split("-");
    domains.set(Number(domain), { server: Number(server), number: BigInt(number) });
  }
  return { kind: "gtid", domains };
}

/** The position behind a transaction. */
export function passed(position: LogPosition, group: GroupStart | undefined, place: FilePlace): void {
  if (position.kind === "file") Object.assign(position, place);
  else if (group) position.domains.set(group.domain, { server: group.server, number: group.number });
}

/** Whether one place is at or behind another: files are numbered at their end. */
export function reached(place: FilePlace, end: FilePlace): boolean {
  if (place.file === end.file) return place.at >= end.at;
  const number = ({ file }: FilePlace) => Number(/\.(\d+)$/.exec(file)?.[1] ?? 0);
  return number(place) > number(end);
}
