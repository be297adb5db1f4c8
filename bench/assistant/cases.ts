import { changing } from "./cases/changing.ts";
import { checking } from "./cases/checking.ts";
import { columns } from "./cases/columns.ts";
import { fresh } from "./cases/fresh.ts";
import { ingesting } from "./cases/ingesting.ts";
import { languages } from "./cases/languages.ts";
import { loading } from "./cases/loading.ts";
import { several } from "./cases/several.ts";
import { tables } from "./cases/tables.ts";
import { unclear } from "./cases/unclear.ts";
import { unseen } from "./cases/unseen.ts";
import { when } from "./cases/when.ts";
import type { Case } from "./expect.ts";

/** Every request of the evaluation. */
export const cases: readonly Case[] = [
  ...ingesting,
  ...when,
  ...loading,
  ...columns,
  ...checking,
  ...changing,
  ...tables,
  ...several,
  ...unclear,
  ...languages,
  ...fresh,
  ...unseen,
];
