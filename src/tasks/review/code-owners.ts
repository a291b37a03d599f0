import { minimatch } from "minimatch";
import type { Evidence } from "../../retrieval/evidence.ts";
import { readFileAt } from "../../shared/git-objects.ts";
import { limits } from "../../shared/limits.ts";
import type { Change } from "../../workspace/diff.ts";

/** Where GitHub looks for the file; the first one counts. */
const places = [".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"];

/** One line of the file that names a pattern. */
export interface OwnerRule {
  /** 1-based. */
  line: number;
  text: string;
  /** As they stand there, without the `@`: whoever is named in a comment with it is called. None: nobody's on purpose. */
  owners: string[];
  matches(path: string): boolean;
}

/**
 * Whom CODEOWNERS names for the changed files, as of the base: one entry, cited by the line that speaks for most of them. Nobody
 * is asked for a review: GitHub does that itself where the repository wants it.
 */
export async function findCodeOwners(gitDir: string, change: Pick<Change, "base" | "files">): Promise<Evidence[]> {
  const file = await readOwnersFile(gitDir, change.base);
  if (file === null) return [];
  const rules = parseCodeOwners(file.text);
  const paths = change.files.map(({ path }) => path);
  const counts = new Map<OwnerRule, number>();
  for (const path of paths) {
    const rule = ruleFor(rules, path);
    if (rule && rule.owners.length > 0) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  }
  const ranked = [...counts].sort(([one, a], [other, b]) => b - a || one.line - other.line);
  const [first] = ranked;
  if (first === undefined) return [];
  const owned = ranked.reduce((sum, [, count]) => sum + count, 0);
  const [{ line, text }] = first;
  const names = [...new Set(ranked.flatMap(([{ owners }]) => owners))];
  const more = names.length > limits.codeOwnersNamed ? ` and ${names.length - limits.codeOwnersNamed} more` : "";
  const why = `CODEOWNERS names ${names.slice(0, limits.codeOwnersNamed).join(", ")}${more} for ${owned} of ${paths.length} changed ${paths.length === 1 ? "file" : "files"}`;
  const citation = { kind: "code", path: file.path, startLine: line, endLine: line, commit: change.base } as const;
  return [{ kind: "owner", citation, score: owned / paths.length, why, text }];
}

async function readOwnersFile(gitDir: string, commit: string): Promise<{ path: string; text: string } | null> {
  for (const path of places) {
    const file = await readFileAt(gitDir, commit, path);
    if (file !== null && file.length <= limits.codeOwnersBytes) return { path, text: file.toString("utf8") };
  }
  return null;
}

/** The rules in the order of the file. Lines that GitHub does not take (negations, ranges, owners of no known form) are left out. */
export function parseCodeOwners(text: string): OwnerRule[] {
  return text.split("\n").flatMap((raw, index): OwnerRule[] => {
    const withoutComment = raw.replace(/(^|\s)#.*$/, "").trim();
    const [pattern = "", ...owners] = withoutComment.split(/(?<!\\)\s+/);
    const isPattern = pattern !== "" && !/^!|[[\]]/.test(pattern);
    if (!isPattern || !owners.every((one) => ownerForm.test(one))) return [];
    const globs = globsOf(pattern.replaceAll("\\ ", " "));
    const matches = (path: string): boolean => globs.some((glob) => minimatch(path, glob, globOptions));
    return [
      { line: index + 1, text: raw.replace(/\r$/, ""), owners: owners.map((one) => one.replace(/^@/, "")), matches },
    ];
  });
}

/** The last rule that matches speaks for a file. */
export function ruleFor(rules: readonly OwnerRule[], path: string): OwnerRule | undefined {
  return rules.findLast((rule) => rule.matches(path));
}

/** A person, a team or an address. */
const ownerForm = /^(?:@[\w.-]+(?:\/[\w.-]+)?|[^\s@]+@[^\s@]+)$/;

const globOptions = { dot: true, nobrace: true, noext: true, nonegate: true, nocomment: true };

/** As in .gitignore, but `docs/*` means the files of that folder alone. */
function globsOf(pattern: string): string[] {
  const isFolder = pattern.endsWith("/");
  const inner = pattern.replace(/^\/+|\/+$/g, "");
  const anchored = pattern.startsWith("/") || inner.includes("/");
  const glob = anchored ? inner : `**/${inner}`;
  if (isFolder) return [`${glob}/**`];
  return inner.endsWith("/*") ? [glob] : [glob, `${glob}/**`];
}
