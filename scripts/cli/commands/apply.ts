import type { PenstockClient } from "#lib/client/index.ts";
import type { ImportAnswer } from "#lib/pipelines/schema.ts";
import { EXIT, type Exit, UsageError } from "../exit.ts";
import { type ReadFile, readPipelineFile } from "../files.ts";
import type { Session } from "../session.ts";
import { tellDone, tellDraft, tellInvalid, tellPlan } from "../tell-import.ts";

type Planned = { file: ReadFile; plan: ImportAnswer };

/**
 * Makes pipelines, or their next versions, of files. All are looked at first: where one is invalid nothing is written.
 * A pipeline that somebody changes between the look and the writing is refused as stale.
 */
export async function apply(session: Session): Promise<Exit> {
  const files = session.operands.map(readPipelineFile);
  const server = session.server();
  const planned: Planned[] = [];
  for (const file of files)
    planned.push({ file, plan: await server.pipelines.import({ ...sent(file), dryRun: true }) });
  refuseTwice(planned);
  const invalid = planned.filter(({ plan }) => plan.result === "invalid");
  for (const { file, plan } of invalid) tellInvalid(session, file.file, plan);
  const dryRun = session.options["dry-run"];
  if (invalid.length > 0 || dryRun) {
    for (const { file, plan } of planned.filter((one) => !invalid.includes(one))) {
      if (dryRun) tellPlan(session, file.file, plan);
      if (dryRun) tellDraft(session, file.file, plan);
    }
    if (invalid.length > 0) session.complain("Nothing was applied.");
    session.give({ ok: invalid.length === 0, dryRun, applied: false, files: planned.map(told) });
    return invalid.length > 0 ? EXIT.failed : EXIT.ok;
  }
  const done: Planned[] = [];
  for (const { file, plan } of planned) {
    const answer = await written(server, file, plan, session.options.note);
    tellDone(session, file.file, answer);
    tellDraft(session, file.file, answer);
    done.push({ file, plan: answer });
  }
  session.give({ ok: true, dryRun: false, applied: true, files: done.map(told) });
  return EXIT.ok;
}

const sent = ({ name, text }: ReadFile) => ({ name, text });

async function written(
  server: PenstockClient,
  file: ReadFile,
  plan: ImportAnswer,
  note = `Applied from ${file.name}`,
): Promise<ImportAnswer> {
  if (plan.result === "unchanged") return { ...plan, dryRun: false };
  const baseVersion = plan.before ?? undefined;
  return server.pipelines.import({ ...sent(file), note, ...(baseVersion ? { baseVersion } : {}) });
}

const told = ({ file, plan: { ir: _document, ...plan } }: Planned) => ({ file: file.file, ...plan });

function refuseTwice(planned: readonly Planned[]): void {
  const first = new Map<string, string>();
  for (const { file, plan } of planned) {
    if (plan.slug === null) continue;
    const other = first.get(plan.slug);
    if (other) throw new UsageError(`${other} and ${file.file} are both the pipeline "${plan.slug}"`);
    first.set(plan.slug, file.file);
  }
}
