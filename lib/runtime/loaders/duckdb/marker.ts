/** Remembers, in the warehouse itself, which loads were committed, and how far targets were loaded. */
export const MARKER_SCHEMA = "_penstock";
/** The table of the loads. */
export const MARKER = `${MARKER_SCHEMA}.loads`;
