import { inspectFile } from "#lib/connectors/index.ts";
import type { Ctx } from "#lib/context.ts";
import { isAppError, messageOf } from "#lib/errors.ts";
import { formatIrType, parseIrType } from "#lib/ir/index.ts";
import { limits } from "#lib/limits.ts";
import { redactText } from "#lib/redact.ts";
import type { KnownFile } from "./prompt-document.ts";

const PATH = /(?:^|[\s"'`(=])((?:\.?\.?\/|\.data\/)[^\s"'`,;()]+)/g;

/** Paths that a message names, in their order, each once: absolute ones and those that begin with a dot. */
export function pathsIn(message: string): string[] {
  const found = [...message.matchAll(PATH)].map((match) => (match[1] ?? "").replace(/[.?!:]+$/, ""));
  return [...new Set(found)].filter((path) => path.length > 1).slice(0, limits.proposalFiles);
}

/** Looks into the files that a message names. One that cannot be read is told as such, and why. */
export async function knownFiles(ctx: Ctx, message: string): Promise<KnownFile[]> {
  return Promise.all(pathsIn(message).map((path) => look(ctx.tenant, path)));
}

async function look(tenant: string, path: string): Promise<KnownFile> {
  try {
    const file = await inspectFile({ tenant, path });
    const { format, header, delimiter } = file;
    const columns = file.columns.map(({ name, type }) => ({ name, type: irType(type) }));
    return { path, readable: true, format, columns, header, delimiter };
  } catch (error) {
    const why = isAppError(error) || error instanceof Error ? messageOf(error) : "it could not be read";
    return { path, readable: false, why: redactText(why).slice(0, 300) };
  }
}

function irType(type: string): string {
  const parsed = parseIrType(type);
  return parsed.ok ? formatIrType(parsed.type) : "string";
}
