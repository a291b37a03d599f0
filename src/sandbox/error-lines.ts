import { limits } from "../shared/limits.ts";

/** What test runners, compilers and interpreters begin a complaint with. Words alone ("0 errors") are none. */
const complaints = [
  /^\s*(?:[\w.]+)?(?:Error|Exception|Warning as error|Failure)\b\s*(?:\[[\w-]+\])?:/,
  /\b(?:error|fatal|panic)(?:\[?\s?[A-Z]{1,5}\d{2,5}\]?)?:\s*\S/i,
  /^\s*(?:E {2,}|FAILED\b|FAIL:?\s|✖|✗|×|❌|not ok \d|● |--- FAIL)/,
  /^\s*\d+\)\s+\S.*:?$/,
  /^\s*\d+:\d+\s+error\s/,
  /^npm (?:ERR!|error) (?!A complete log|path|cwd|workspace)/,
  /(?:^\S+: (?:\d+: )?\S+: |command )not found$/,
  /\b(?:No such file or directory|Permission denied|Segmentation fault|Cannot find (?:module|package))\b/,
  /^\s*(?:AssertionError|assert )\b/,
];

/**
 * The lines of an output that read like an error, in their order, each once, without the marks of a terminal: what a model
 * reads first when it tries again.
 */
export function findErrorLines(output: string): string[] {
  const found = new Set<string>();
  for (const line of output.split("\n")) {
    if (found.size >= limits.sandboxErrorLines) break;
    // A line as long as a bundle is looked at from its start alone.
    const start = line.slice(0, 1_000);
    if (complaints.some((complaint) => complaint.test(start))) {
      found.add(start.trim().slice(0, limits.sandboxErrorCharacters));
    }
  }
  return [...found];
}
