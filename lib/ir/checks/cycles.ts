import { splitRef } from "../graph.ts";
import { type Check, nodeIssue } from "./check.ts";

/** Check 4: no node reads, through others, from itself; side inputs count. */
export const checkCycles: Check = ({ graph }) => {
  const [id, ...rest] = graph.cycle ?? [];
  const found = id === undefined ? undefined : graph.nodes.get(id);
  if (!found || id === undefined) return [];
  const reader = rest.at(-2) ?? id;
  const edge = graph.edges.get(id)?.find(({ ref }) => splitRef(ref).nodeId === reader);
  const circle = [id, ...rest].map((one) => `"${one}"`).join(" → ");
  return [
    nodeIssue(
      "cycle",
      found.node,
      found.index,
      edge?.at ?? ["input"],
      `the nodes read from each other in a circle: ${circle}; let one of them read from something before the circle`,
    ),
  ];
};
