import type { History } from "../history/history.ts";
import type { PastPulls } from "../history/past-pulls.ts";
import { limits } from "../shared/limits.ts";
import type { Change } from "../workspace/diff.ts";
import type { Evidence } from "./evidence.ts";
import { findPastPulls } from "./past-pulls.ts";
import type { FilePart } from "./related-files.ts";
import { findShapingCommits } from "./shaping-commits.ts";

/** What shaped some lines of a file. */
export interface FilePast {
  /** Commits that last touched the lines, those with most of them first. */
  commits: Evidence[];
  /** Past pull requests that wrote or touched these lines. */
  pulls: Evidence[];
}

/**
 * Commits and pull requests that shaped lines, by git blame of them. What blame does not answer in limits.blameMs is left
 * out; then the last commits that changed the file stand for it.
 */
export async function findFilePast(
  gitDir: string,
  part: FilePart,
  text: string,
  { history, pulls }: { history: History; pulls: PastPulls },
  { k = limits.evidencePerFinding, signal }: { k?: number; signal?: AbortSignal } = {},
): Promise<FilePast> {
  const change = asRemoval(part, text, history.at);
  const shaping = await findShapingCommits(gitDir, change, { k: Math.max(k, limits.evidencePerFinding), signal });
  const shaped = shaping.flatMap(({ evidence, lines }) =>
    evidence.citation.kind === "commit" ? [{ commit: evidence.citation.commit, lines }] : [],
  );
  // There is no change that these lines would be under.
  const here = (evidence: Evidence): Evidence => ({
    ...evidence,
    why: evidence.why.replace("under this change", "here"),
  });
  const commits = shaping.map(({ evidence }) => here(evidence));
  return {
    commits: (commits.length > 0 ? commits : lastCommits(part.path, history)).slice(0, k),
    pulls: findPastPulls(change, pulls, { history, shaped, k }).map(here),
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

/**
 * Who knows a file: authors of the commits that changed it, recent ones weighing more, people being told apart by address.
 * Each is cited by the last commit that says so.
 */
export function findOwners(path: string, history: History, k: number): Evidence[] {
  const people = new Map<string, { name: string; commits: number; weight: number; last: number }>();
  let total = 0;
  const positions = history.commitsOf(path);
  for (const position of positions) {
    const { author } = history.commits[position] ?? {};
    if (author === undefined) continue;
    const weight = 2 ** (-position / HALF_LIFE_COMMITS);
    const key = author.email.toLowerCase() || author.name;
    const known = people.get(key) ?? { name: author.name, commits: 0, weight: 0, last: position };
    people.set(key, { ...known, commits: known.commits + 1, weight: known.weight + weight });
    total += weight;
  }
  const ranked = [...people.values()].sort((a, b) => b.weight - a.weight || a.last - b.last).slice(0, k);
  return ranked.flatMap(({ name, commits, weight, last }): Evidence[] => {
    const commit = history.commits[last];
    if (commit === undefined) return [];
    const citation = { kind: "commit", commit: commit.commit, subject: commit.subject } as const;
    const day = new Date(commit.time * 1_000).toISOString().slice(0, 10);
    const why = `${name} wrote ${commits} of the ${positions.length} commits here, the last on ${day}`;
    return [{ kind: "owner", citation, score: weight / total, why, text: commit.subject }];
  });
}

const HALF_LIFE_COMMITS = 1_000;
