import { type InspectedFile, inspectOpenedFile } from "../files/inspect-opened-file.ts";
import { openFile } from "./open-file.ts";

/**
 * Looks at the beginning of a file of this machine: its format, delimiter, columns and the types that hold every sampled
 * value.
 * @throws DataError if the file may not or cannot be read, or is no such file as its name says.
 */
export async function inspectFile({
  tenant,
  path,
}: {
  tenant: string;
  path: string;
}): Promise<InspectedFile> {
  const file = await openFile({ tenant, path });
  try {
    return await inspectOpenedFile(file, { shownAs: path });
  } finally {
    await file.close();
  }
}
