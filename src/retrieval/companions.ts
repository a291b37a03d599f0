import type { EngramView } from "../engram/engram.ts";
import { limits } from "../shared/limits.ts";
import type { Change } from "../workspace/diff.ts";
import type { Evidence } from "./evidence.ts";
import { bestExcerpt } from "./excerpt.ts";
import type { History, PastCommit } from "./history.ts";
import { isOrdinaryPath, isReleaseFile } from "./ordinary-path.ts";

/** A file that usually changes along with a changed one, and does not this time. */
export interface Companion {
  /** The file of the change that it goes with. */
  changed: string;
  companion: string;
  /** Commits that changed `changed`, sweeps left out; in `together` of them `companion` changed as well. */
  support: number;
  together: number;
  /** 0..1: share of those commits, recent ones weighing more. */
  confidence: number;
  /** The newest commits that changed both, then the most relevant lines of the companion. */
  evidence: Evidence[];
}

/** A habit counts half after so many commits. */
const HALF_LIFE_COMMITS = 1_000;
const MIN_CONFIDENCE = 0.8;
const MIN_TOGETHER = 8;
const CITED_COMMITS = 3;

/**
 * Companions that the change leaves out, by association rules over the history: best first, each companion once.
 * @param view the head: the change laid over the engram
 * @param history commits before the change, the base first
 */
export function findCompanions(
  change: Change,
  view: EngramView,
  history: History,
  { citeCommit }: { citeCommit: (path: string) => string },
): Companion[] {
  const inChange = new Set(change.files.flatMap(({ path, oldPath }) => [path, oldPath]));
  const inTree = new Set(view.paths());
  const canBeMissing = (path: string): boolean =>
    !inChange.has(path) && inTree.has(path) && isOrdinaryPath(path) && !isReleaseFile(path);

  const best = new Map<string, Rule>();
  for (const { path, oldPath } of change.files.filter(({ status }) => status !== "added")) {
    for (const rule of rulesFor(oldPath, path, history.commits)) {
      const known = best.get(rule.companion);
      if (canBeMissing(rule.companion) && (!known || rule.confidence > known.confidence)) {
        best.set(rule.companion, rule);
      }
    }
  }
  return [...best.values()]
    .sort((a, b) => b.confidence - a.confidence || b.together.length - a.together.length)
    .map((rule) => ({
      changed: rule.changed,
      companion: rule.companion,
      support: rule.support,
      together: rule.together.length,
      confidence: rule.confidence,
      evidence: evidenceFor(rule, change, view, citeCommit),
    }));
}

interface Rule {
  changed: string;
  companion: string;
  support: number;
  together: PastCommit[];
  confidence: number;
}

/** @param oldPath by this name history knows the file */
function rulesFor(oldPath: string, path: string, commits: PastCommit[]): Rule[] {
  const together = new Map<string, { commits: PastCommit[]; weight: number }>();
  let support = 0;
  let total = 0;
  for (const [age, commit] of commits.entries()) {
    if (commit.files.length > limits.historyFilesPerCommit || !commit.files.includes(oldPath)) continue;
    const weight = 2 ** (-age / HALF_LIFE_COMMITS);
    support++;
    total += weight;
    for (const file of commit.files) {
      const entry = together.get(file) ?? { commits: [], weight: 0 };
      entry.commits.push(commit);
      entry.weight += weight;
      together.set(file, entry);
    }
  }
  return [...together].flatMap(([companion, entry]): Rule[] => {
    const confidence = entry.weight / total;
    if (companion === oldPath || confidence < MIN_CONFIDENCE || entry.commits.length < MIN_TOGETHER) return [];
    return [{ changed: path, companion, support, together: entry.commits, confidence }];
  });
}

function evidenceFor(rule: Rule, change: Change, view: EngramView, citeCommit: (path: string) => string): Evidence[] {
  const { companion, changed, together, confidence } = rule;
  const commits = together.slice(0, CITED_COMMITS).map(({ commit, subject }): Evidence => ({
    kind: "companion",
    citation: { kind: "commit", commit, subject },
    score: confidence,
    why: "changed both files",
    text: subject,
  }));
  const excerpt = bestExcerpt(view, companion, changedText(change, changed));
  if (excerpt === null) return commits;
  const { startLine, endLine, text } = excerpt;
  return [
    ...commits,
    {
      kind: "companion",
      citation: { kind: "code", path: companion, startLine, endLine, commit: citeCommit(companion) },
      score: confidence,
      why: `the lines of ${companion} that are closest to this change`,
      text,
    },
  ];
}

function changedText(change: Change, path: string): string {
  const lines = change.files.find((file) => file.path === path)?.hunks.flatMap((hunk) => hunk.lines) ?? [];
  return lines.flatMap(({ kind, text }) => (kind === " " ? [] : [text])).join("\n");
}
