import type { ReactNode } from "react";
import classes from "./page.module.css";

/** The column a page stands in: `page` for reading and lists, `full` for graphs and wide tables, `narrow` for forms. */
export function PageBody({
  width = "page",
  children,
}: {
  width?: "page" | "full" | "narrow";
  children: ReactNode;
}) {
  return (
    <div className={classes.body} data-width={width}>
      {children}
    </div>
  );
}
