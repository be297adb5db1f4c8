import { changing } from "./cases/changing.ts";
import { checking } from "./cases/checking.ts";
import { columns } from "./cases/columns.ts";
import { everydayEdits } from "./cases/everyday-edits.ts";
import { everydayTalk } from "./cases/everyday-talk.ts";
import { files } from "./cases/files.ts";
import { fresh } from "./cases/fresh.ts";
import { heldOutEdits } from "./cases/held-out-edits.ts";
import { heldOutTalk } from "./cases/held-out-talk.ts";
import { ingesting } from "./cases/ingesting.ts";
import { languages } from "./cases/languages.ts";
import { loading } from "./cases/loading.ts";
import { several } from "./cases/several.ts";
import { tables } from "./cases/tables.ts";
import { unclear } from "./cases/unclear.ts";
import { unseen } from "./cases/unseen.ts";
import { when } from "./cases/when.ts";
import type { Case } from "./expect.ts";

/** The requests that the assistant is developed on. */
const development: readonly Case[] = [
  ...ingesting,
  ...when,
  ...loading,
  ...files,
  ...columns,
  ...checking,
  ...changing,
  ...tables,
  ...several,
  ...unclear,
  ...languages,
  ...fresh,
  ...unseen,
  ...everydayEdits,
  ...everydayTalk,
];

/** Every request of the evaluation, by set. Nobody reads how the held-out ones fail while working on the assistant. */
export const sets: Readonly<Record<"development" | "held-out", readonly Case[]>> = {
  development,
  "held-out": [...heldOutEdits, ...heldOutTalk],
};
