import { readFileSync } from "node:fs";

/**
 * Memory of a process in bytes as its proportional set size: pages that several processes map count by halves or thirds. The
 * resident set would count a mapped model once for each. Null where the system does not tell.
 */
export function pssBytes(pid: number | "self" = "self"): number | null {
  try {
    const kilobytes = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
