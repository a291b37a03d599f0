import { isOrdinaryPath, isReleaseFile } from "../../retrieval/ordinary-path.ts";
import type { FileDiff } from "../../workspace/diff.ts";

export function isRobot(author: string): boolean {
  return /\bbot\b|\[bot\]|renovate|dependabot/i.test(author);
}

/** Not a lock file, what is generated or vendored, or what changes with every release. */
export function isHandWritten({ path, said }: FileDiff): boolean {
  return said === undefined && isOrdinaryPath(path) && !isReleaseFile(path);
}
