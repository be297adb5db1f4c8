import { patternProblem } from "../file-pattern.ts";
import { splitRef } from "../graph.ts";
import type { Issue } from "../issue.ts";
import type { ArchiveNode } from "../nodes/archive.ts";
import { type FileSourceNode, isFileSource } from "../nodes/source.ts";
import { type Check, type CheckContext, nodeIssue } from "./check.ts";

const FOLDERS = ["stagingFolder", "successFolder", "failureFolder"] as const;
const READ_ONLY = "files of http_pull can only be read";

/** A folder as it is compared: without the slashes that make no difference in a store. */
function plain(folder: string, { connector }: FileSourceNode): string {
  const parts = folder.split("/").filter((part) => part !== "" && part !== ".");
  return (connector === "local_fs" && folder.startsWith("/") ? "/" : "") + parts.join("/");
}

/** Where the files come in. */
function inbox(node: FileSourceNode): string {
  const { path = "", pattern } = node.config;
  return plain(pattern ? path : path.slice(0, Math.max(0, path.lastIndexOf("/"))), node);
}

const within = (folder: string, other: string): boolean =>
  other === "" || other === "/" ? folder !== other : folder.startsWith(`${other}/`);

/** Whether the source would find files again that lie in a folder. */
function readAgain(node: FileSourceNode, folder: string): boolean {
  const from = inbox(node);
  if (folder === from) return true;
  const { pattern } = node.config;
  const deep = pattern && pattern.type !== "regex" && pattern.value.includes("/");
  if (!deep || !within(folder, from)) return false;
  // Only where what is looked for can begin.
  const [begins = ""] = pattern.value.split(pattern.type === "glob" ? /[*?[{]/ : "{", 1);
  const below = `${from === "" || from === "/" ? folder.slice(from.length) : folder.slice(from.length + 1)}/`;
  return begins.startsWith(below) || below.startsWith(begins);
}

/** The part of a folder's name that no date changes. */
const undated = (folder: string): string => {
  const at = folder.indexOf("{");
  return at < 0 ? folder : folder.slice(0, folder.lastIndexOf("/", at));
};

const climbs = (folder: string): boolean => folder.split("/").includes("..");

function checkFolders(node: FileSourceNode, index: number): Issue[] {
  const { atomicity } = node.config;
  if (!atomicity) return [];
  const at = (...more: string[]) => ["config", "atomicity", ...more];
  if (node.connector === "http_pull") {
    const message = `${READ_ONLY}: nothing can be moved on a web server. Leave it out, or add an "archive" node that copies them to a folder of this machine`;
    return [nodeIssue("source_read_only", node, index, at(), message)];
  }
  const issues: Issue[] = [];
  if (atomicity.stagingFolder !== undefined && atomicity.successFolder === undefined) {
    const message = "stagingFolder needs it: where files go when they are loaded";
    issues.push(nodeIssue("field_required", node, index, at("successFolder"), message));
  }
  const seen = new Map<string, string>();
  for (const name of FOLDERS) {
    const given = atomicity[name];
    if (given === undefined) continue;
    const folder = plain(given, node);
    const refuse = (message: string) => issues.push(nodeIssue("bad_folder", node, index, at(name), message));
    const other = seen.get(folder);
    if (climbs(given)) {
      // Of this machine's files, the check of all paths says it.
      const message = `"${given}" climbs up with "..": write the whole path`;
      if (node.connector !== "local_fs") issues.push(nodeIssue("bad_path", node, index, at(name), message));
    } else if (other !== undefined) refuse(`"${given}" is the ${other} too: each needs a folder of its own`);
    else if (folder === inbox(node)) refuse(`"${given}" is where the files come in: name another folder`);
    else if (readAgain(node, folder))
      refuse(
        `the pattern "${node.config.pattern?.value}" finds what lies in "${given}" again: name a folder outside of it`,
      );
    seen.set(folder, name);
  }
  return issues;
}

/** A folder of this machine begins with a slash; any other is in the source's own store. */
function archiveProblem(
  node: ArchiveNode,
  source: FileSourceNode,
): ["bad_path" | "bad_folder" | "source_read_only", string] | undefined {
  const { to } = node;
  if (/[*?]/.test(to)) return ["bad_path", `"${to}" holds a wildcard: name one folder`];
  if (climbs(to)) return ["bad_path", `"${to}" climbs up with "..": write the whole path`];
  const dates =
    to.includes("{") || to.includes("}")
      ? patternProblem({ type: "date_template", value: to.replace(/^\/+/, "") })
      : undefined;
  if (dates) return ["bad_path", `"${to}": ${dates}`];
  const local = to.startsWith("/");
  const ownMachine = source.connector === "local_fs" && source.sourceRef === undefined;
  if (!local && ownMachine) return ["bad_path", `"${to}" is relative: write the whole path, from /`];
  if (!local && source.connector === "http_pull")
    return ["source_read_only", `${READ_ONLY}: name a folder of this machine, which begins with "/"`];
  if (local !== ownMachine) return undefined;
  const folder = plain(undated(to), source);
  const { atomicity } = source.config;
  const taken = FOLDERS.find(
    (name) => atomicity?.[name] !== undefined && plain(atomicity[name], source) === plain(to, source),
  );
  if (taken) return ["bad_folder", `"${to}" is the ${taken} of "${source.id}": name another folder`];
  const again =
    folder === plain(to, source)
      ? readAgain(source, folder)
      : folder !== inbox(source) && readAgain(source, folder);
  if (again)
    return [
      "bad_folder",
      `"${source.id}" finds what lies in "${to}" again: name a folder that it does not read`,
    ];
  return undefined;
}

function checkArchive({ graph }: CheckContext, node: ArchiveNode, index: number): Issue[] {
  const source = graph.nodes.get(splitRef(node.input).nodeId)?.node;
  if (source?.kind !== "source" || !isFileSource(source)) return [];
  const problem = archiveProblem(node, source);
  return problem ? [nodeIssue(problem[0], node, index, ["to"], problem[1])] : [];
}

/** Check 6: the folders into which files are moved and copied differ, can be written to, and are not read again. */
export const checkFiles: Check = (context) =>
  context.ir.nodes.flatMap((node, index) => {
    if (node.kind === "archive") return checkArchive(context, node, index);
    return node.kind === "source" && isFileSource(node) ? checkFolders(node, index) : [];
  });
