import type { Chain } from "./chain.ts";

type OnNode = (nodeId: string, state: "running" | "completed") => void;

/**
 * Says how steps go. A chain is read by whoever comes last, and until then the steps in it are under way; those of a
 * chain that is handed to a target's loader end with the load.
 */
export class ToldSteps {
  private readonly begun = new Map<Chain | string, string[]>();
  private readonly onNode: OnNode | undefined;

  constructor(onNode: OnNode | undefined) {
    this.onNode = onNode;
  }

  began(nodeId: string): void {
    this.onNode?.(nodeId, "running");
  }

  /** A step has made its rows: a chain to be read, or none, where they are stored. */
  made(nodeId: string, rows: Chain | string = nodeId): void {
    this.begun.set(rows, [...(this.begun.get(rows) ?? []), nodeId]);
  }

  /** All chains but these were read. */
  readBut(...unread: Iterable<Chain>[]): void {
    const left = new Set<Chain | string>(unread.flatMap((chains) => [...chains]));
    for (const rows of this.begun.keys()) if (!left.has(rows)) this.read(rows);
  }

  /** A chain was read to its end. */
  read(rows: Chain | string): void {
    for (const nodeId of this.begun.get(rows) ?? []) this.onNode?.(nodeId, "completed");
    this.begun.delete(rows);
  }
}
