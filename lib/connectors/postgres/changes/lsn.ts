/** A place in PostgreSQL's log, as it writes it: `16/B374D848`. */
const WRITTEN = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/i;

/** @throws Error if it is none */
export function parseLsn(text: string): bigint {
  const found = WRITTEN.exec(text);
  if (!found) throw new Error(`${text} is no place in a log`);
  return (BigInt(`0x${found[1]}`) << 32n) | BigInt(`0x${found[2]}`);
}

/** As PostgreSQL writes it. */
export function formatLsn(lsn: bigint): string {
  const hex = (part: bigint) => part.toString(16).toUpperCase();
  return `${hex(lsn >> 32n)}/${hex(lsn & 0xffff_ffffn)}`;
}
