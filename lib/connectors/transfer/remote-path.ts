import { DataError } from "../data-error.ts";

/**
 * Where a path is on a server: below the folder that the connection looks in, or, without one, as the server takes it.
 * @throws DataError `path_refused`
 */
export function remotePath(folder: string | undefined, path: string): string {
  if (/[\0\r\n]/.test(path) || path.split("/").includes(".."))
    throw new DataError("path_refused", `"${path}": write the path without ".."`);
  const base = folder && folder !== "." ? folder.replace(/\/+$/, "") : undefined;
  if (base === undefined) return path;
  if (path.startsWith("/") && (path === base || path.startsWith(`${base}/`))) return path;
  const inside = path.replace(/^\/+/, "");
  return inside === "" ? base || "/" : `${base}/${inside}`;
}
