import { limits } from "#lib/limits.ts";

/**
 * One short question on a session of its own, which ends with it.
 * @throws the caller's reason if it gave up; else what `explain` makes of the failure, or of `limits.discoverMs` being over.
 */
export async function askOnce<Link extends { close: () => void }, T>(
  connect: (signal: AbortSignal) => Promise<Link>,
  signal: AbortSignal | undefined,
  ask: (link: Link) => Promise<T>,
  explain: (error: unknown) => unknown,
): Promise<T> {
  const late = AbortSignal.timeout(limits.discoverMs);
  try {
    const link = await connect(signal ? AbortSignal.any([signal, late]) : late);
    try {
      return await ask(link);
    } finally {
      link.close();
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw explain(late.aborted ? late.reason : error);
  }
}
