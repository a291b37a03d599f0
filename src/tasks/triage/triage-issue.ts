import type { EngramView } from "../../engram/engram.ts";
import type { IssueSubject, TriageOutcome } from "../../publish/outcome.ts";
import { keepResolving } from "../../retrieval/citation.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { openCodeGraph } from "../../retrieval/graph/open-code-graph.ts";
import { localise } from "../../retrieval/localise.ts";
import type { Past } from "../../retrieval/past.ts";
import type { PastIssue } from "../../retrieval/similar-issues.ts";
import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { type IssueText, similarIssues } from "./similar-issues-with-fixes.ts";
import { isSupported } from "./worth-naming.ts";

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
