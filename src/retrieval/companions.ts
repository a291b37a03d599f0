import type { EngramView } from "../engram/engram.ts";
import type { History, PastCommit } from "../history/history.ts";
import type { Change } from "../workspace/diff.ts";
import { coChange } from "./co-change.ts";
import type { Evidence } from "./evidence.ts";
import { bestExcerpt } from "./excerpt.ts";
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

const MIN_CONFIDENCE = 0.8;
const MIN_TOGETHER = 8;
const CITED_COMMITS = 3;

export interface CompanionOptions {
  /** The commit that a file of the view is cited at. */
  citeCommit: (path: string) => string;
  /** Below it a rule is no habit. Default 0.8. */
  minConfidence?: number;
  /** With fewer common commits a rule is an accident. Default 8. */
  minTogether?: number;
}

/**
 * Companions that the change leaves out, by association rules over the history: best first, each companion once.
 * @param view the head: the change laid over the engram
 * @param history the past of the change's base
 */
export function findCompanions(
  change: Change,
  view: EngramView,
  history: History,
  { citeCommit, minConfidence = MIN_CONFIDENCE, minTogether = MIN_TOGETHER }: CompanionOptions,
): Companion[] {
  const inChange = new Set(change.files.flatMap(({ path, oldPath }) => [path, oldPath]));
  const canBeMissing = (path: string): boolean =>
    !inChange.has(path) && isOrdinaryPath(path) && !isReleaseFile(path) && view.file(path) !== null;

  const best = new Map<string, Rule>();
  // A file that is only moved, or is not reviewed, stands in the change without lines: it asks for nothing.
  const asking = change.files.filter(({ status, hunks }) => status !== "added" && hunks.length > 0);
  for (const { path: changed, oldPath } of asking) {
    // History knows the file by its old name.
    for (const { path, support, together, confidence } of coChange(history, oldPath)) {
      if (confidence < minConfidence || together.length < minTogether || !canBeMissing(path)) continue;
      const known = best.get(path);
      if (known && known.confidence >= confidence) continue;
      const commits = together.slice(0, CITED_COMMITS).flatMap((position) => history.commits[position] ?? []);
      best.set(path, { changed, companion: path, support, together: together.length, confidence, commits });
    }
  }
  return [...best.values()]
    .sort((a, b) => b.confidence - a.confidence || b.together - a.together)
    .map((rule) => withEvidence(rule, () => evidenceFor(rule, change, view, citeCommit)));
}

/** Looked for when it is asked for: of many companions few are worth saying, and an excerpt is a search. */
function withEvidence(rule: Rule, find: () => Evidence[]): Companion {
  const { changed, companion, support, together, confidence } = rule;
  let evidence: Evidence[] | null = null;
  return {
    changed,
    companion,
    support,
    together,
    confidence,
    get evidence() {
      return (evidence ??= find());
    },
  };
}

interface Rule extends Omit<Companion, "evidence"> {
  /** The newest that changed both. */
  commits: PastCommit[];
}

function evidenceFor(rule: Rule, change: Change, view: EngramView, citeCommit: (path: string) => string): Evidence[] {
  const { companion, changed, confidence } = rule;
  const commits = rule.commits.map(({ commit, subject }): Evidence => ({
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
      why: "its lines that are closest to this change",
      text,
    },
  ];
}

function changedText(change: Change, path: string): string {
  const lines = change.files.find((file) => file.path === path)?.hunks.flatMap((hunk) => hunk.lines) ?? [];
  return lines.flatMap(({ kind, text }) => (kind === " " ? [] : [text])).join("\n");
}
