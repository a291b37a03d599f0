import type { EngramView } from "../../engram/engram.ts";
import type { IssueSubject, SimilarIssue, TriageOutcome } from "../../publish/outcome.ts";
import { keepResolving } from "../../retrieval/citation.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { openCodeGraph } from "../../retrieval/graph/open-code-graph.ts";
import { citeFixedLines, findIssueFixes, type IssueFix } from "../../retrieval/issue-fixes.ts";
import { type IssueIndex, openIssueIndex } from "../../retrieval/issue-index.ts";
import { localise } from "../../retrieval/localise.ts";
import type { Past } from "../../retrieval/past.ts";
import { findSimilarIssues, type PastIssue } from "../../retrieval/similar-issues.ts";
import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { oncePerMark } from "../once-per-mark.ts";
import { isSupported } from "./worth-naming.ts";

export interface IssueText {
  /** Null for a text that is no issue of the repository yet. */
  number: number | null;
  title: string;
  body: string;
}

export interface TriageInput {
  subject: IssueSubject | null;
  /** Whether a person asked for the triage. */
  asked: boolean;
  issue: IssueText;
  /** Other issues that were just read from GitHub, where the tracker may lack some. */
  pastIssues: PastIssue[];
  /** As of `engramCommit`. */
  past: Past;
  /** Where it is known, references that name it in full count too (`owner/name#12`, URLs). */
  repository?: RepositoryId | undefined;
  workspace: Workspace;
  /** The default branch's tree. */
  view: EngramView;
  engramCommit: string;
  /** Epoch ms. */
  startedAt: number;
  signal: AbortSignal;
}

/**
 * Triages an issue: what happened before, and where it lives in the code. Similar earlier issues come with the commits that
 * fixed them; suspect files are kept only where something speaks for them.
 */
export async function triageIssue(input: TriageInput): Promise<TriageOutcome> {
  const { issue, past, view, workspace, engramCommit, signal } = input;
  const { tracker, pulls, history } = past;

  const similar = await similarIssues(input);
  const sources = { view, history, graph: openCodeGraph(view) };
  const suspects = localise(issue, sources, { k: limits.suspects, citeCommit: () => engramCommit })
    .filter((suspect) => isSupported(suspect, past.floors.localisation))
    .map(({ evidence }) => evidence);

  // What was just read is not held against what is kept.
  const justRead = input.pastIssues.length > 0;
  const issues = await keepResolving(
    workspace.gitDir,
    similar.map((entry) => entry.issue),
    { tracker: justRead ? null : tracker, signal },
  );
  const others = [...suspects, ...similar.flatMap(({ fixes }) => fixes)];
  const resolved = new Set([...issues, ...(await keepResolving(workspace.gitDir, others, { tracker, pulls, signal }))]);
  const holds = (evidence: Evidence): boolean => resolved.has(evidence);
  return {
    kind: "triage",
    subject: input.subject,
    asked: input.asked,
    similar: similar
      .filter((entry) => holds(entry.issue))
      .map((entry) => ({ ...entry, fixes: entry.fixes.filter(holds) })),
    suspects: suspects.filter(holds),
    engramCommit,
    withheld: [],
    model: {
      name: null,
      note: "no model has a part in triage yet",
      prompts: 0,
      promptTokens: 0,
      generatedTokens: 0,
      ms: 0,
    },
    ms: Date.now() - input.startedAt,
  };
}

async function similarIssues({
  issue,
  pastIssues,
  past,
  repository,
  workspace,
  engramCommit,
  signal,
}: TriageInput): Promise<SimilarIssue[]> {
  const found = findSimilarIssues(issue, indexOfIssues(pastIssues, past), {
    k: limits.similarIssues,
    before: issue.number ?? undefined,
  });
  const numbers = found.map((similar) => similar.issue.number);
  const fixes = findIssueFixes(numbers, { ...past, repository });
  const all = [...fixes.values()].flat();
  const files = all.flatMap((fix) => filesOf(fix, past));
  await workspace.prefetchHistory(engramCommit, [...new Set(files)].slice(0, limits.fixedFiles));
  const cited = await citeFixedLines(workspace.gitDir, all, signal);
  return found.map((similar) => ({
    issue: similar.evidence,
    fixes: cited.filter((fix) => fix.issue === similar.issue.number).flatMap(({ evidence }) => evidence),
  }));
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
