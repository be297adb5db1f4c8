import type { Catalogue } from "../catalogue.ts";
import { destinationKind } from "../destination.ts";
import type { IrNode } from "../document.ts";
import type { Issue } from "../issue.ts";
import { didYouMean } from "../nearest.ts";
import { TABLE_CONNECTORS } from "../nodes/source.ts";
import { type Check, listed, nodeIssue } from "./check.ts";

const TABLES: readonly string[] = TABLE_CONNECTORS;

/** The one connector that works without saved credentials. */
const WITHOUT_SOURCE = "local_fs";

const known = (what: string, names: string[]): string =>
  names.length > 0 ? `the ${what} here are ${listed(names)}` : `there are no ${what} here yet`;

/** A stream is a table: what a source of files has to look up in is read by a node of its own. */
function sideIssues(ref: string, catalogue: Catalogue | undefined, report: Report): Issue[] {
  const connector = catalogue?.sources.find((source) => source.ref === ref)?.connector;
  if (connector !== undefined && !TABLES.includes(connector))
    return [
      report(
        "wrong_connector",
        `the saved source "${ref}" is ${connector}, which has files and no tables; add a source node that reads its files, and name its id in "with"`,
      ),
    ];
  return sourceIssues(ref, connector, catalogue, report);
}

function sourceIssues(
  ref: string,
  connector: string | undefined,
  catalogue: Catalogue | undefined,
  report: Report,
): Issue[] {
  const refs = catalogue?.sources.map((source) => source.ref) ?? [];
  const saved = catalogue?.sources.find((source) => source.ref === ref);
  if (!saved) {
    return [
      report(
        "unknown_source",
        `there is no saved source "${ref}"; ${known("saved sources", refs)}`,
        didYouMean(ref, refs),
      ),
    ];
  }
  if (connector === undefined || saved.connector === connector) return [];
  return [
    report(
      "wrong_connector",
      `the saved source "${ref}" is ${saved.connector}, not ${connector}; set connector to "${saved.connector}" or name another source`,
    ),
  ];
}

type Report = (
  code: "unknown_source" | "wrong_connector" | "unknown_destination" | "field_required",
  message: string,
  hint?: string,
) => Issue;

function checkNode(node: IrNode, catalogue: Catalogue | undefined, at: (path: string[]) => Report): Issue[] {
  if (node.kind === "source") {
    const report = at(["sourceRef"]);
    if (node.sourceRef !== undefined) return sourceIssues(node.sourceRef, node.connector, catalogue, report);
    if (node.connector === WITHOUT_SOURCE) return [];
    const refs =
      catalogue?.sources.filter(({ connector }) => connector === node.connector).map(({ ref }) => ref) ?? [];
    return [
      report(
        "field_required",
        `connector "${node.connector}" needs it: the saved source with the credentials; ${known(`saved ${node.connector} sources`, refs)}`,
      ),
    ];
  }
  if (node.kind === "enrich" && typeof node.with !== "string") {
    return sideIssues(node.with.sourceRef, catalogue, at(["with", "sourceRef"]));
  }
  if (node.kind === "target" && destinationKind(node, catalogue) === undefined) {
    const names = catalogue?.destinations.map(({ name }) => name) ?? [];
    const report = at(["destination"]);
    return node.destination === undefined
      ? [
          report(
            "unknown_destination",
            `it is missing, and this workspace has no built-in warehouse; ${known("destinations", names)}`,
          ),
        ]
      : [
          report(
            "unknown_destination",
            `there is no destination "${node.destination}"; ${known("destinations", names)}. Leave it out for the built-in warehouse`,
            didYouMean(node.destination, names),
          ),
        ];
  }
  return [];
}

/** Check 13: saved sources and destinations exist in this tenant's catalogue and are of the stated connector. */
export const checkCatalogue: Check = ({ ir, catalogue }) =>
  ir.nodes.flatMap((node, index) =>
    checkNode(
      node,
      catalogue,
      (path) => (code, message, hint) => nodeIssue(code, node, index, path, message, hint),
    ),
  );
