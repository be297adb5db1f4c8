import { EXIT, type Exit } from "../exit.ts";
import { readPipelineFile } from "../files.ts";
import type { Session } from "../session.ts";
import { tellDraft, tellInvalid, tellPlan } from "../tell-import.ts";

/** Tells what applying a file would change. With `--exit-code` a difference ends with 1, so that CI sees drift. */
export async function diff(session: Session): Promise<Exit> {
  const { file, name, text } = readPipelineFile(session.operands[0] ?? "");
  const answer = await session.server().pipelines.import({ name, text, dryRun: true });
  session.give({ file, ...answer });
  if (answer.result === "invalid") {
    tellInvalid(session, file, answer);
    return EXIT.failed;
  }
  tellPlan(session, file, answer);
  tellDraft(session, file, answer);
  return session.options["exit-code"] && answer.result !== "unchanged" ? EXIT.failed : EXIT.ok;
}
