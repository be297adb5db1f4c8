import classes from "./audit.module.css";

/** Shorter ones fit, also in a narrow column. */
const FITS = 100;

/** A value as text. A long one scrolls in its cell, so the keyboard can reach it. */
export function ValueText({ text, label }: { text: string; label: string }) {
  const scrolls = text.length > FITS ? { tabIndex: 0, role: "group", "aria-label": label } : {};
  return (
    <div className={classes.valueText} {...scrolls}>
      {text}
    </div>
  );
}
