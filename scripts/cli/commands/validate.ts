import { type IssueCode, parsePipelineIR, type Strength } from "#lib/ir/index.ts";
import { parseDocument, withPlaces } from "#lib/parse-document.ts";
import type { LocatedIssue } from "#lib/parse-yaml.ts";
import { EXIT, type Exit } from "../exit.ts";
import { type ReadFile, readPipelineFile } from "../files.ts";
import { findingLine, inOrder } from "../findings.ts";
import type { Session } from "../session.ts";

/** Findings that only a server can make: it alone knows its sources, its destinations and what they can do. */
const OF_THE_SERVER: IssueCode[] = [
  ...(["unknown_source", "wrong_connector", "unknown_destination", "not_executable"] as const),
];

type Checked = { file: string; ok: boolean; issues: LocatedIssue[]; warnings: LocatedIssue[] };

/** Checks files by themselves, and against the server where one is named. A draft is invalid unless `--draft` is given. */
export async function validate(session: Session): Promise<Exit> {
  const strength = session.options.draft ? "saved" : "executable";
  const files = session.operands.map(readPipelineFile);
  const checked: Checked[] = [];
  for (const file of files) checked.push(await check(session, file, strength));
  for (const { file, ok, issues, warnings } of checked) {
    for (const issue of inOrder(issues)) session.complain(findingLine(file, issue));
    for (const issue of inOrder(warnings)) session.complain(findingLine(file, issue, "warning"));
    if (ok) session.say(`${file}: ${session.hasServer ? "valid" : "valid by itself"}`);
  }
  if (!session.hasServer)
    session.complain(
      "Not checked against a server: name one by --url or PENSTOCK_URL for its sources and destinations.",
    );
  const ok = checked.every((one) => one.ok);
  session.give({ ok, server: session.hasServer, files: checked });
  return ok ? EXIT.ok : EXIT.failed;
}

async function check(
  session: Session,
  { file, text, format }: ReadFile,
  strength: Strength,
): Promise<Checked> {
  const parsed = parseDocument(text, format);
  if (!parsed.ok) return { file, ok: false, issues: parsed.issues, warnings: [] };
  const found = session.hasServer
    ? await session.server().pipelines.validate(parsed.value, strength)
    : alone(parsed.value, strength);
  const issues = withPlaces(found.issues, parsed);
  return { file, ok: issues.length === 0, issues, warnings: withPlaces(found.warnings, parsed) };
}

function alone(document: unknown, strength: Strength) {
  const result = parsePipelineIR(document, { strength });
  if (result.ok) return { issues: [], warnings: result.warnings };
  const known = OF_THE_SERVER as string[];
  return { issues: result.issues.filter(({ code }) => !known.includes(code)), warnings: [] };
}
