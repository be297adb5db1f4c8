import type { ImportAnswer } from "#lib/pipelines/schema.ts";
import { findingLine, inOrder } from "./findings.ts";
import type { Session } from "./session.ts";

const SIGN = { add: "+", modify: "~", remove: "-" } as const;

/** What an import would change, line by line. */
export function tellPlan(session: Session, file: string, answer: ImportAnswer): void {
  session.say(planLine(file, answer));
  for (const { op, label } of answer.changes) session.say(`  ${SIGN[op]} ${label}`);
}

function planLine(file: string, { result, slug, version, before }: ImportAnswer): string {
  if (result === "unchanged") return `${file}: ${slug} is unchanged (version ${before})`;
  if (result === "created") return `${file}: ${slug} would be created`;
  return `${file}: ${slug} would go from version ${before} to ${version}`;
}

/** What an import did. */
export function tellDone(
  session: Session,
  file: string,
  { result, slug, version, before }: ImportAnswer,
): void {
  session.say(
    result === "unchanged"
      ? `${file}: ${slug} is unchanged (version ${before})`
      : `${file}: ${slug} ${result}, version ${version}`,
  );
}

/** What keeps a document from running, if anything does. */
export function tellDraft(session: Session, file: string, { executable, warnings }: ImportAnswer): void {
  if (executable) return;
  session.complain(`${file}: a draft, it cannot run yet:`);
  for (const issue of inOrder(warnings)) session.complain(findingLine(file, issue, "warning"));
}

/** What is wrong with a document. */
export function tellInvalid(session: Session, file: string, { issues }: Pick<ImportAnswer, "issues">): void {
  for (const issue of inOrder(issues)) session.complain(findingLine(file, issue));
}
