import { fileFormatOf } from "#lib/ir/index.ts";
import type { FoundFile } from "../connector.ts";
import type { ConnectedFiles } from "../files/file-lister.ts";
import { readPart } from "../files/read-part.ts";
import type { StageToTry } from "../staged-check.ts";

/** Files that are passed by in search of one with rows, and bytes that are read of it. */
const PASSED_BY = 100;
const FIRST_BYTES = 4_096;

/** The last stages of trying a system with files: can they be listed, and can one be read. */
export function fileStages(connect: () => ConnectedFiles, signal?: AbortSignal): StageToTry[] {
  let store: ConnectedFiles | undefined;
  const connected = () => {
    store ??= connect();
    return store;
  };
  const list = async () => {
    const listed = connected().walk({
      folder: "",
      deep: false,
      begins: "",
      wanted: () => true,
      passOver: false,
    });
    for await (const _ of listed) break;
    return "What is there can be listed.";
  };
  const read = async () => {
    const first = await firstWithRows(connected(), signal);
    if (!first) return "It is empty: there are no files yet.";
    const file = await connected().open(first.path);
    try {
      await readPart(file, 0, Math.min(file.bytes, FIRST_BYTES));
      return `"${first.path}" can be read.`;
    } finally {
      await file.close();
    }
  };
  return [
    { stage: "privileges", run: list },
    { stage: "first_row", run: read },
  ];
}

async function firstWithRows(files: ConnectedFiles, signal?: AbortSignal): Promise<FoundFile | undefined> {
  let any: FoundFile | undefined;
  let seen = 0;
  const everything = { folder: "", deep: true, begins: "", wanted: () => true, passOver: true };
  for await (const file of files.walk(everything)) {
    signal?.throwIfAborted();
    if (fileFormatOf(file.path).format !== undefined) return file;
    any ??= file;
    if (++seen >= PASSED_BY) break;
  }
  return any;
}
