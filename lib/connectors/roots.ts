import { realpathSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { env } from "#lib/env.ts";

/** The tenant of a fresh embedded install; it may use the system's temporary folders. */
const EMBEDDED_TENANT = "t_demo";

/** Folders, links resolved, that a tenant's pipelines may read. */
export function readRoots(tenant: string): string[] {
  return rootsOf(tenant, env().PENSTOCK_READ_ROOTS);
}

/** Folders, links resolved, that a tenant's pipelines may write. */
export function writeRoots(tenant: string): string[] {
  return rootsOf(tenant, env().PENSTOCK_WRITE_ROOTS);
}

/** The product's own folder: nothing of it is readable but `files`. */
export function privateFolder(): string {
  return resolved(env().dataDir);
}

function rootsOf(tenant: string, entries: readonly string[]): string[] {
  const { embedded, dataDir } = env();
  const roots = entries.flatMap((entry) => {
    const at = entry.indexOf("=");
    const [owner, folder] = at < 0 ? [EMBEDDED_TENANT, entry] : [entry.slice(0, at), entry.slice(at + 1)];
    return owner === tenant && folder !== "" ? [folder] : [];
  });
  if (embedded && tenant === EMBEDDED_TENANT) roots.push(tmpdir(), "/tmp", path.join(dataDir, "files"));
  return [...new Set(roots.map(resolved))];
}

function resolved(folder: string): string {
  const absolute = path.resolve(folder);
  try {
    return realpathSync(absolute);
  } catch {
    return absolute;
  }
}

/** True if `file` is `folder` or lies in it. Both absolute, links resolved. */
export function isWithin(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.endsWith(path.sep) ? folder : folder + path.sep);
}
