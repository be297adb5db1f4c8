import type { TablePort } from "../connector.ts";
import type { PostgresSourceConfig } from "../specs/postgres.ts";
import { tryStages } from "../staged-check.ts";
import { postgresFinding } from "./findings.ts";
import { readFirstRow } from "./first-row.ts";
import { loginOf, SOURCE_FIELDS } from "./login.ts";
import { loginStages } from "./login-stages.ts";
import { judgeRights, readingRights } from "./reading-rights.ts";

/** Tries a PostgreSQL as a source: that it is reached, signed in to, and that a row of it can be read. */
export const checkPostgres: TablePort<PostgresSourceConfig>["check"] = async ({ config }, options = {}) => {
  const login = loginOf(config);
  const { schema } = config;
  const opened = loginStages(login, options.signal);
  try {
    return await tryStages(
      [
        ...opened.stages,
        {
          stage: "privileges",
          run: async () => judgeRights(await readingRights(opened.session(), schema), login, schema),
        },
        { stage: "first_row", run: () => readFirstRow(opened.session(), schema) },
      ],
      (stage, error) => postgresFinding(stage, error, login, SOURCE_FIELDS),
      options,
    );
  } finally {
    await opened.close();
  }
};
