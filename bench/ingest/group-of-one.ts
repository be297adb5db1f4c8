import { limits } from "#lib/limits.ts";

// Loaded into a server before it starts: the product as it is, but every event is a transaction of its own.
(limits as { flushEvents: number }).flushEvents = 1;
