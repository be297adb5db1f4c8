import type { IrNode } from "../document.ts";
import { parseExpression } from "../expression/parse-expression.ts";
import { patternProblem } from "../file-pattern.ts";
import type { Issue } from "../issue.ts";
import type { IssueCode } from "../issue-codes.ts";
import { type FileSourceNode, isFileSource } from "../nodes/source.ts";
import type { ValidateNode } from "../nodes/validate.ts";
import { isTimezone } from "../timezone.ts";
import { parseIrType } from "../types.ts";
import { type Check, type CheckContext, nodeIssue } from "./check.ts";

type Report = (code: IssueCode, at: (string | number)[], message: string, hint?: string) => Issue;

const atCharacter = (message: string, offset: number | undefined): string =>
  offset === undefined ? message : `does not parse at character ${offset + 1}: ${message}`;

/** @param within a saved source, whose folder the path is relative to. */
function pathProblem(path: string, within: string | undefined): string | undefined {
  if (/[*?]/.test(path))
    return 'holds a wildcard: put the folder here and the wildcard into "pattern", {"type":"glob","value":"*.csv"}';
  if (path.split("/").includes("..")) return 'climbs up with "..": write the whole path';
  if (within !== undefined)
    return path.startsWith("/") ? `is absolute: write it from the folder of "${within}" on` : undefined;
  return path.startsWith("/") ? undefined : "is relative: write the whole path, from /";
}

function fileSource(node: FileSourceNode, report: Report): Issue[] {
  const { config } = node;
  const issues: Issue[] = [];
  const paths: [string, string[], string | undefined][] = [
    ["path", ["config", "path"], node.connector === "local_fs" ? config.path : undefined],
    ...(["stagingFolder", "successFolder", "failureFolder"] as const).map(
      (folder): [string, string[], string | undefined] => [
        folder,
        ["config", "atomicity", folder],
        node.connector === "local_fs" ? config.atomicity?.[folder] : undefined,
      ],
    ),
  ];
  for (const [, at, path] of paths) {
    const problem = path === undefined ? undefined : pathProblem(path, node.sourceRef);
    if (problem) issues.push(report("bad_path", at, `"${path}" ${problem}`));
  }
  if (config.pattern) {
    const problem = patternProblem(config.pattern);
    if (problem)
      issues.push(
        report("bad_pattern", ["config", "pattern", "value"], `"${config.pattern.value}": ${problem}`),
      );
    const zone = config.pattern.timezone;
    if (zone !== undefined && !isTimezone(zone)) {
      issues.push(
        report(
          "bad_timezone",
          ["config", "pattern", "timezone"],
          `"${zone}" is not an IANA time zone`,
          'write it like "Europe/Berlin"',
        ),
      );
    }
  }
  for (const [index, { name, type }] of config.format?.columns?.entries() ?? []) {
    const parsed = parseIrType(type);
    const at = ["config", "format", "columns", index];
    if (!parsed.ok) issues.push(report("bad_type", [...at, "type"], parsed.message));
    if (config.format?.columns?.findIndex((other) => other.name === name) !== index) {
      issues.push(report("column_conflict", [...at, "name"], `column "${name}" is declared twice`));
    }
  }
  return issues;
}

function validate(node: ValidateNode, report: Report, parseRule: CheckContext["rule"]): Issue[] {
  const issues: Issue[] = [];
  for (const [index, { rule }] of node.rowLevel?.entries() ?? []) {
    const parsed = parseRule(rule);
    if (parsed.ok) continue;
    const code = rule.startsWith("regex:") ? "bad_regex" : "bad_rule";
    issues.push(report(code, ["rowLevel", index, "rule"], parsed.message, parsed.hint));
  }
  for (const check of ["rowCount", "cardinality"] as const) {
    const bounds = node.datasetLevel?.[check];
    if (!bounds) continue;
    const { min, max } = bounds;
    const at = ["datasetLevel", check];
    if (min === undefined && max === undefined)
      issues.push(report("bad_range", at, 'checks nothing: give "min", "max" or both'));
    else if (min !== undefined && max !== undefined && min > max) {
      issues.push(report("bad_range", at, `can never hold: min ${min} is above max ${max}`));
    }
  }
  return issues;
}

function checkNode(node: IrNode, report: Report, { plan, rule }: CheckContext): Issue[] {
  switch (node.kind) {
    case "source":
      return isFileSource(node) ? fileSource(node, report) : [];
    case "validate":
      return validate(node, report, rule);
    case "transform":
      return node.ops.flatMap((op, index) => {
        const planned = plan(op);
        if (planned.ok) return [];
        const code = planned.field === "to" ? "bad_type" : "bad_expression";
        return [report(code, ["ops", index, planned.field], atCharacter(planned.message, planned.offset))];
      });
    case "branch":
      return node.cases.flatMap(({ when }, index) => {
        const parsed = parseExpression(when);
        const at = ["cases", index, "when"];
        return parsed.ok ? [] : [report("bad_expression", at, atCharacter(parsed.message, parsed.offset))];
      });
    default:
      return [];
  }
}

/** Check 9: rules, regular expressions, expressions, types, file patterns and paths parse. */
export const checkTexts: Check = (context) =>
  context.ir.nodes.flatMap((node, index) =>
    checkNode(node, (code, at, message, hint) => nodeIssue(code, node, index, at, message, hint), context),
  );
