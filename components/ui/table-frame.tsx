import type { ReactNode } from "react";
import classes from "./data-table.module.css";

/** A table of our look, in a frame that scrolls sideways where it is too narrow. `label` names it for screen readers. */
export function TableFrame({
  label,
  minWidth = 0,
  busy,
  hover,
  children,
}: {
  label?: string;
  /** Pixels, or any CSS width. */
  minWidth?: number | string;
  busy?: boolean;
  hover?: boolean;
  children: ReactNode;
}) {
  return (
    <div className={classes.frame} aria-busy={busy}>
      <table
        className={classes.table}
        style={{ minWidth }}
        aria-label={label}
        data-hover={hover || undefined}
      >
        {children}
      </table>
    </div>
  );
}
