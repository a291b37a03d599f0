import { limits } from "../shared/limits.ts";
import { type CoChange, coChange } from "./co-change.ts";
import type { Contribution, Evidence } from "./evidence.ts";
import { bestExcerpt } from "./excerpt.ts";
import { isOrdinaryPath, isReleaseFile, isTestPath } from "./ordinary-path.ts";
import type { RankingSources } from "./ranked-file.ts";
import { rankFilesForLines } from "./rank-files.ts";
import { treePathsOf } from "./ranking/tree-paths.ts";
import { firstLines } from "./suspect-lines.ts";

/** Lines of a file of the view. */
export interface FilePart {
  path: string;
  startLine: number;
  endLine: number;
}

export interface RelatedFile {
  path: string;
  /** How it goes with the file, as far as that can be said; the ranking also knows what is only alike. */
  ties: FileTies;
  evidence: Evidence;
  contributions: Contribution[];
}

export interface ChangedAlong {
  /** Commits that changed the asked file, sweeps left out; in `together` of them this one changed as well. */
  support: number;
  together: number;
  /** 0..1: the share of those commits, recent ones weighing more. */
  confidence: number;
}

export interface FileTies {
  changedAlong: ChangedAlong | null;
  /** Uses what the asked file defines, or imports it. */
  uses: boolean;
  /** Defines what the asked file uses, or is imported by it. */
  usedBy: boolean;
  /** One is the test of the other, by their names. */
  test: boolean;
}

/**
 * Files that go with some lines of a file, best first: the ranking of files for changed lines, with what ties each of them
 * to the file in words. Shared changes count from two common commits on.
 */
export function relatedFiles(
  part: FilePart,
  sources: RankingSources,
  { k, citeCommit }: { k: number; citeCommit: (path: string) => string },
): RelatedFile[] {
  const { view, history } = sources;
  const text = linesOf(view.text(part.path) ?? "", part);
  const lines = { path: part.path, removed: text.slice(0, limits.nearCopyLines), added: [] };
  const filter = (path: string): boolean => isOrdinaryPath(path) && !isReleaseFile(path);
  const ranked = rankFilesForLines(lines, sources, { k, filter });
  const tiesOf = readTies(part.path, sources, coChange(history, part.path));
  return ranked.flatMap(({ path, score, contributions }): RelatedFile[] => {
    const ties = tiesOf(path);
    const found = bestExcerpt(view, path, text.join("\n")) ?? firstLines(view, path);
    if (found === null) return [];
    const { startLine, endLine, text: quoted } = found;
    const citation = { kind: "code", path, startLine, endLine, commit: citeCommit(path) } as const;
    const why =
      wordsOf(ties) ??
      contributions
        .slice(0, 3)
        .map(({ list, rank }) => `rank ${rank} by ${list}`)
        .join(", ");
    const evidence: Evidence = { kind: "related-file", citation, score, why, text: quoted, contributions };
    return [{ path, ties, evidence, contributions }];
  });
}

function linesOf(text: string, { startLine, endLine }: FilePart): string[] {
  return text.split("\n").slice(startLine - 1, endLine);
}

const LEAST_TOGETHER = 2;

function readTies(
  path: string,
  { view, graph }: RankingSources,
  rules: readonly CoChange[],
): (other: string) => FileTies {
  const along = new Map(rules.map((rule) => [rule.path, rule]));
  const users = new Set(graph.users(path).map((user) => user.path));
  const used = new Set(graph.uses(path).map((one) => one.path));
  const paired = treePathsOf(view).siblings([[path, 1]]);
  return (other) => {
    const { support = 0, together = [], confidence = 0 } = along.get(other) ?? {};
    return {
      changedAlong: together.length < LEAST_TOGETHER ? null : { support, together: together.length, confidence },
      uses: users.has(other),
      usedBy: used.has(other),
      test: paired.has(other) && isTestPath(other) !== isTestPath(path),
    };
  };
}

/** Null where nothing but the ranking ties the two. */
function wordsOf({ changedAlong, uses, usedBy, test }: FileTies): string | null {
  const parts = [
    changedAlong === null
      ? ""
      : `changed along in ${changedAlong.together} of ${changedAlong.support} commits (confidence ${changedAlong.confidence.toFixed(2)})`,
    uses ? "uses it" : "",
    usedBy ? "is used by it" : "",
    test ? "its test by name" : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? null : parts.join("; ");
}
