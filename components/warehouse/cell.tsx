import classes from "./cell.module.css";

/** A value of a table as text: NULL told apart from the empty text, JSON as JSON. */
export function Cell({ value }: { value: unknown }) {
  if (value === null || value === undefined) return <span className={classes.empty}>NULL</span>;
  if (value === "") return <span className={classes.empty}>empty</span>;
  const text = cellText(value);
  return <span title={text.length > 24 ? text : undefined}>{text}</span>;
}

/** The same as plain text, for copying. */
export function cellText(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** True for types whose values stand at the right. */
export function isNumeric(type: string): boolean {
  return /^(integer|smallint|bigint|decimal|double)/.test(type);
}
