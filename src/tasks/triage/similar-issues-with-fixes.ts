import type { SimilarIssue } from "../../publish/outcome.ts";
import { citeFixedLines, findIssueFixes, type IssueFix } from "../../retrieval/issue-fixes.ts";
import { type IssueIndex, openIssueIndex } from "../../retrieval/issue-index.ts";
import { readMeaning } from "../../retrieval/issue-meanings.ts";
import type { Past } from "../../retrieval/past.ts";
import { findSimilarIssues, type PastIssue, type SimilarPastIssue } from "../../retrieval/similar-issues.ts";
import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { sameWords } from "./grade-similar.ts";
import { oncePerMark } from "../once-per-mark.ts";

export interface IssueText {
  /** Null for a text that is no issue of the repository yet. */
  number: number | null;
  title: string;
  body: string;
  /** ISO 8601; absent or empty: now. */
  createdAt?: string | undefined;
}

export interface SimilarIssuesInput {
  issue: IssueText;
  /** Other issues that were just read from GitHub, where the tracker may lack some. */
  pastIssues: PastIssue[];
  /** As of `engramCommit`. */
  past: Past;
  /** Where it is known, references that name it in full count too (`owner/name#12`, URLs). */
  repository?: RepositoryId | undefined;
  workspace: Workspace;
  engramCommit: string;
  signal: AbortSignal;
}

/** With what a triage says of it beyond its evidence. */
export interface FoundIssue extends SimilarIssue, Pick<SimilarPastIssue<PastIssue>, "cosine" | "words"> {
  past: PastIssue;
  fixedBy: IssueFix[];
}

/** Earlier issues that are most like a text, each with what fixed it and the lines of these fixes. */
export async function similarIssues({
  issue,
  pastIssues,
  past,
  repository,
  workspace,
  engramCommit,
  signal,
}: SimilarIssuesInput): Promise<FoundIssue[]> {
  const nearest = findSimilarIssues(issue, indexOfIssues(pastIssues, past), {
    k: limits.similarSearched,
    before: issue.number ?? undefined,
    meaning: await readMeaning(issue, past, signal),
    // Reports of the same come close together.
    written: issue.createdAt || new Date().toISOString(),
  });
  const found = oldestFirst(nearest).slice(0, limits.similarIssues);
  const numbers = found.map((similar) => similar.issue.number);
  const fixes = findIssueFixes(numbers, { ...past, repository });
  const all = [...fixes.values()].flat();
  const files = all.flatMap((fix) => filesOf(fix, past));
  await workspace.prefetchHistory(engramCommit, [...new Set(files)].slice(0, limits.fixedFiles));
  const cited = await citeFixedLines(workspace.gitDir, all, signal);
  return found.map(({ issue: similar, evidence, cosine, words }) => {
    const fixedBy = cited.filter((fix) => fix.issue === similar.number);
    return { issue: evidence, fixes: fixedBy.flatMap((fix) => fix.evidence), cosine, words, past: similar, fixedBy };
  });
}

/** Of those that say the same word for word, the first one is where people have talked about it. */
function oldestFirst(found: SimilarPastIssue<PastIssue>[]): SimilarPastIssue<PastIssue>[] {
  const same = found.filter(({ cosine }) => cosine >= sameWords);
  const others = found.filter(({ cosine }) => cosine < sameWords);
  return [...same.sort((a, b) => a.issue.number - b.issue.number), ...others];
}

const keptIndexOf = oncePerMark(
  ({ issues }) => issues,
  (tracker) => openIssueIndex<PastIssue>(tracker.issues()),
);

/** What GitHub has just said of an issue goes before what is kept of it. */
function indexOfIssues(pastIssues: PastIssue[], { tracker }: Past): IssueIndex<PastIssue> {
  if (tracker !== null && pastIssues.length === 0) return keptIndexOf(tracker);
  const read = new Set(pastIssues.map(({ number }) => number));
  const kept = Array.from(tracker?.issues() ?? []).filter(({ number }) => !read.has(number));
  return openIssueIndex<PastIssue>([...kept, ...pastIssues]);
}

/** A merge names no files; the pull request that it brought does. */
function filesOf({ commit, pull }: IssueFix, { pulls }: Past): string[] {
  const own = commit?.files ?? [];
  if (own.length > 0 || commit === null) return own;
  return pulls.pulls.find(({ number }) => number === pull)?.files.map(({ newPath }) => newPath) ?? [];
}
