import type { History } from "../history/history.ts";
import type { PastChanges } from "../history/past-changes.ts";
import type { PastPulls } from "../history/past-pulls.ts";
import { limits } from "../shared/limits.ts";
import type { Change } from "../workspace/diff.ts";
import type { Evidence } from "./evidence.ts";
import { findPastPulls } from "./past-pulls.ts";
import type { FilePart } from "./related-files.ts";
import { findShapingCommits, withoutPulls } from "./shaping-commits.ts";

/** What shaped some lines of a file. */
export interface FilePast {
  /** Commits that last touched the lines, those with most of them first. */
  commits: Evidence[];
  /** Past pull requests that wrote or touched these lines. */
  pulls: Evidence[];
}

/**
 * Commits and pull requests that shaped lines, as findShapingCommits knows them. What is not known in limits.blameMs is left
 * out; then the last commits that changed the file stand for it.
 */
export async function findFilePast(
  gitDir: string,
  part: FilePart,
  text: string,
  { history, pulls, changes }: { history: History; pulls: PastPulls; changes?: PastChanges },
  { k = limits.evidencePerFinding, signal }: { k?: number; signal?: AbortSignal } = {},
): Promise<FilePast> {
  const change = asRemoval(part, text, history.at);
  const { commits: shaping } = await findShapingCommits(gitDir, change, {
    k: Math.max(k, limits.evidencePerFinding),
    history,
    ...(changes && { changes }),
    signal,
  });
  const shaped = shaping.flatMap(({ evidence, lines }) =>
    evidence.citation.kind === "commit" ? [{ commit: evidence.citation.commit, lines }] : [],
  );
  // There is no change that these lines would be under.
  const here = (evidence: Evidence): Evidence => ({
    ...evidence,
    why: evidence.why.replace("under this change", "here"),
  });
  const past = findPastPulls(change, pulls, { history, shaped, k });
  return {
    commits: (shaping.length > 0 ? withoutPulls(shaping, past, pulls) : lastCommits(part.path, history))
      .slice(0, k)
      .map(here),
    pulls: past.map(here),
  };
}

/** The lines as a change that takes them away: what is asked of changes can then be asked of them. */
function asRemoval({ path, startLine, endLine }: FilePart, text: string, commit: string): Change {
  const lines = text.split("\n").slice(startLine - 1, endLine);
  const hunk = {
    oldStart: startLine,
    oldLines: lines.length,
    newStart: startLine - 1,
    newLines: 0,
    lines: lines.map((line, i) => ({ kind: "-" as const, oldLine: startLine + i, newLine: null, text: line })),
  };
  const file = {
    path,
    oldPath: path,
    status: "modified" as const,
    binary: false,
    oldBlob: "",
    newBlob: "",
    hunks: [hunk],
  };
  return { base: commit, head: "", files: [file], unread: [] };
}

function lastCommits(path: string, history: History): Evidence[] {
  const positions = history.commitsOf(path);
  return positions.slice(0, limits.evidencePerFinding).flatMap((position, index): Evidence[] => {
    const past = history.commits[position];
    if (past === undefined) return [];
    const citation = { kind: "commit", commit: past.commit, subject: past.subject } as const;
    const why = index === 0 ? "the last commit that changed this file" : "changed this file";
    return [{ kind: "commit", citation, score: 1 / (1 + index), why, text: past.subject }];
  });
}
