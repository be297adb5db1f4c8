import { connectServer, openEmbedded } from "#lib/db.ts";
import { keepNotices } from "#lib/notices/index.ts";

// A process that sends what is due, for tests that kill it. Argument: a connection string, or a folder.
const [place = ""] = process.argv.slice(2);
const { db } = place.startsWith("postgres") ? connectServer(place) : await openEmbedded(place);
keepNotices(db);
// Its loops let a process end that has nothing else to do.
setInterval(() => undefined, 60_000);
process.stdout.write("sending\n");
