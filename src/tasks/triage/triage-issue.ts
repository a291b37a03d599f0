import type { EngramView } from "../../engram/engram.ts";
import type { IssueSubject, SimilarIssue, TriageOutcome } from "../../publish/outcome.ts";
import { keepResolving } from "../../retrieval/citation.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { commitsNaming, findFixingCommits } from "../../retrieval/fixing-commits.ts";
import { type History, readHistory } from "../../retrieval/history.ts";
import { openIssueIndex } from "../../retrieval/issue-index.ts";
import { localise, type Suspect } from "../../retrieval/localise.ts";
import { findSimilarIssues, type PastIssue } from "../../retrieval/similar-issues.ts";
import { limits } from "../../shared/limits.ts";
import type { Workspace } from "../../workspace/workspace.ts";

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
  /** The repository's other issues. */
  pastIssues: PastIssue[];
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
  const { issue, view, workspace, engramCommit, signal } = input;
  const history = await readHistory(workspace.gitDir, engramCommit, { signal });

  const similar = await withFixes(input, history);
  const suspects = localise(issue, view, history, { k: limits.suspects, citeCommit: () => engramCommit })
    .filter(isSupported)
    .map(({ evidence }) => evidence);

  const cited = [...suspects, ...similar.flatMap((entry) => [entry.issue, ...entry.fixes])];
  const resolved = new Set(await keepResolving(workspace.gitDir, cited, signal));
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

async function withFixes(
  { issue, pastIssues, workspace, engramCommit, signal }: TriageInput,
  history: History,
): Promise<SimilarIssue[]> {
  const before = issue.number ?? undefined;
  const found = findSimilarIssues(issue, openIssueIndex(pastIssues), {
    k: limits.similarIssues,
    ...(before === undefined ? {} : { before }),
  });
  const fixedFiles = found
    .flatMap((entry) => commitsNaming(history, entry.issue.number))
    .flatMap(({ commit }) => commit.files);
  await workspace.prefetchHistory(engramCommit, [...new Set(fixedFiles)].slice(0, limits.fixedFiles));
  const similar: SimilarIssue[] = [];
  for (const { issue: past, evidence } of found) {
    const commits = await findFixingCommits(workspace.gitDir, history, past.number, { signal });
    similar.push({ issue: evidence, fixes: commits.flatMap((commit) => commit.evidence) });
  }
  return similar;
}

/** One list alone always names something; that is a reason only where the text names the file, or it is the very first. */
function isSupported({ contributions }: Suspect): boolean {
  const named = contributions.some(({ list }) => list === "named in the text");
  const first = contributions.some(({ list, rank }) => list === "code search" && rank === 1);
  return named || first || contributions.length > 1;
}
