import type { LogicalPlan } from "#lib/ir/schema.ts";
import { isBreaking } from "./apply-op.ts";

/**
 * True if a plan takes one delimited file or table to one target, and every row either arrives or is wrong: then it can be tried
 * in one go, and only if a row fails does it have to be counted and stored on the way.
 */
export function isRowPreserving({ steps }: LogicalPlan): boolean {
  let sources = 0;
  let targets = 0;
  for (const step of steps) {
    switch (step.kind) {
      case "source": {
        sources++;
        if (step.consumers.length !== 1) return false;
        if (step.family === "table") break;
        const name = (step.config.pattern?.value ?? step.config.path ?? "").toLowerCase();
        const type = step.config.format?.type ?? (/\.(csv|tsv)(\.(gz|zst))?$/.exec(name) ? "csv" : undefined);
        if (type !== "csv" && type !== "tsv") return false;
        break;
      }
      case "transform":
        if (step.consumers.length !== 1 || step.ops.some((op) => isBreaking(op) || op.op === "filter"))
          return false;
        break;
      case "validate":
        if (step.consumers.length !== 1) return false;
        if (step.rows.some(({ onFail }) => onFail === "warn")) return false;
        break;
      case "target":
        targets++;
        break;
      default:
        return false;
    }
  }
  return sources === 1 && targets === 1;
}
