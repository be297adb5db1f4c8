import { REDACTED } from "#lib/redact.ts";
import { codeOf } from "../network/coded-error.ts";
import { type NetworkFields, networkFinding } from "../network/network-finding.ts";
import type { Stage } from "../shapes.ts";
import { type Finding, ownWords } from "../staged-check.ts";
import { answerFinding } from "./answer-finding.ts";
import type { PostgresLogin } from "./login.ts";
import { withCode } from "./session.ts";

/** A finding that a stage itself came to, such as a missing grant. */
export class FoundError extends Error {
  readonly finding: Finding;
  constructor(finding: Finding) {
    super(finding.message);
    this.name = "FoundError";
    this.finding = finding;
  }
}

const FIELD_OF_STAGE: Record<Stage, string> = {
  resolve: "host",
  connect: "host",
  tls: "sslmode",
  authenticate: "password",
  database: "database",
  privileges: "username",
  first_row: "username",
};

/** Explains why a stage failed, in plain words first. @param fields what certificate and encryption are called. */
export function postgresFinding(
  stage: Stage,
  thrown: unknown,
  login: PostgresLogin,
  fields: NetworkFields,
): Finding {
  if (thrown instanceof FoundError) return thrown.finding;
  const error = withCode(thrown);
  const known = networkFinding(stage, error, login, fields);
  if (known) return known;
  const words = withoutPassword(ownWords(error), login);
  const answered = answerFinding(stage, codeOf(error), words, login);
  if (answered) return answered;
  return {
    code: "unknown",
    field: FIELD_OF_STAGE[stage],
    message: `PostgreSQL at ${login.host} did not do what was asked: ${words}`,
    fix: "Look the words up, or ask whoever runs the server.",
  };
}

/** A server may say what it was sent. */
function withoutPassword(words: string, { password }: PostgresLogin): string {
  return password.length < 4 ? words : words.replaceAll(password, REDACTED);
}
