import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const TICK_MS = 1000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** CPU of a process by /proc, in milliseconds: its own, and that of children it has waited for. */
export function cpuOf(pid: number | "self"): { own: number; waited: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const at = (field: number) => (fields[field - 3] ?? 0) * TICK_MS;
  return { own: at(14) + at(15), waited: at(16) + at(17) };
}

/** CPU of a server so far: of its postmaster, of the backends at work, and of those that ended. */
export function serverCpu(pid: number): number {
  for (;;) {
    try {
      return sumOfServer(pid);
    } catch (error) {
      // A backend ended while we read: its time is the postmaster's now.
      if (!["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
}

function sumOfServer(pid: number): number {
  const main = cpuOf(pid);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  return children.reduce((sum, child) => sum + cpuOf(Number(child)).own, main.own + main.waited);
}
