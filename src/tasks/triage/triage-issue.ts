import type { EngramView } from "../../engram/engram.ts";
import type { Advice, IssueSubject, LabelSuggestion, TriageOutcome } from "../../publish/outcome.ts";
import { keepResolving } from "../../retrieval/citation.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { openCodeGraph } from "../../retrieval/graph/open-code-graph.ts";
import { writtenLines } from "../../retrieval/issue-text.ts";
import { localise } from "../../retrieval/localise.ts";
import type { Past } from "../../retrieval/past.ts";
import type { PastIssue } from "../../retrieval/similar-issues.ts";
import { limits } from "../../shared/limits.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import { sanitize } from "../../shared/sanitize.ts";
import type { Workspace } from "../../workspace/workspace.ts";
import { advise, type GradedIssue } from "./advise.ts";
import { chooseLabels, type ChosenLabels, type LabelRules } from "./choose-labels.ts";
import { gradeSimilar } from "./grade-similar.ts";
import { boilerplateOf, type IssueForm, withoutForms } from "./issue-forms.ts";
import { indexOf, learnLessons } from "./lessons.ts";
import { missingInformation } from "./missing-information.ts";
import { type IssueText, similarIssues } from "./similar-issues-with-fixes.ts";
import { isWorthNaming } from "./worth-naming.ts";

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
  /** The repository's own forms and templates for issues; absent: none. */
  forms?: readonly IssueForm[] | undefined;
  /** Absent: no labels are named. */
  labels?: LabelRules | undefined;
  /** After how many days without an objection a duplicate is closed; absent: never. */
  closeAfterDays?: number | undefined;
  /** Epoch ms. */
  startedAt: number;
  signal: AbortSignal;
}

/**
 * Triages an issue without a model: what happened before, where it lives in the code, what its author left out, which labels
 * fit. Similar earlier issues come with the commits that fixed them; suspect files are kept only where something speaks for
 * them.
 */
export async function triageIssue(input: TriageInput): Promise<TriageOutcome> {
  const { past, view, engramCommit, forms = [] } = input;
  const issue = visibleText(input.issue);
  const written = withoutTemplate(issue, forms);
  const similar = await gradedIssues({ ...input, issue: written });
  // Frames of a trace and paths stand anywhere, so only what the template says is left out.
  const told = { ...issue, body: withoutForms(issue.body, forms) };
  const said = `${told.title}\n${told.body}`.slice(0, limits.issueCharacters);
  const sources = { view, history: past.history, graph: openCodeGraph(view) };
  const suspects = localise(told, sources, { k: limits.suspects, citeCommit: () => engramCommit })
    .filter((suspect) => isWorthNaming(suspect, { text: said, view, floor: past.floors.localisation }))
    .map(({ evidence }) => evidence);
  const { chosen } = await labelsFor(written, input);

  const cited = [...suspects, ...similar.flatMap(({ issue: one, fixes }) => [one, ...fixes])];
  const holds = await resolving([...cited, ...chosen.flatMap(({ evidence }) => evidence)], input);
  const known = similar
    .filter((entry) => holds(entry.issue))
    .map((entry) => ({ ...entry, fixes: entry.fixes.filter(holds) }));
  const places = suspects.filter(holds);
  return {
    kind: "triage",
    subject: input.subject,
    asked: input.asked,
    similar: known.map(({ grade, issue: one, fixes }) => ({ grade, issue: one, fixes })),
    suspects: places,
    labels: chosen.map((label) => ({ ...label, evidence: label.evidence.filter(holds) })).filter(hasEvidence),
    missing: missingInformation(issue, forms),
    advice: advise(known, places).filter(({ evidence }) => evidence.every(holds)),
    ...closingOf(known, input),
    engramCommit,
    withheld: [],
    model: { name: null, note: "", prompts: 0, promptTokens: 0, generatedTokens: 0, ms: 0 },
    ms: Date.now() - input.startedAt,
  };
}

/** What a reader of its page sees. */
export function visibleText({ number, title, body, createdAt }: IssueText): IssueText {
  return { number, createdAt, title: sanitize(title), body: sanitize(body.slice(0, limits.commentCharacters)) };
}

/** What the repository's own templates say is said by nobody. */
export function withoutTemplate(issue: IssueText, forms: readonly IssueForm[]): IssueText {
  return { ...issue, body: writtenLines(issue.body, boilerplateOf(forms)).join("\n") };
}

async function gradedIssues(input: TriageInput): Promise<GradedIssue[]> {
  const { issue, past, startedAt } = input;
  const found = await similarIssues(input);
  const { tracker } = past;
  const floor = tracker && found.length > 0 ? (await learnLessons(tracker, precisionOf(input))).duplicates : null;
  return found.map((entry) => {
    const fixed = entry.fixedBy.some(({ closes, revertedBy }) => closes && revertedBy === null);
    const asked = { number: issue.number, asOf: startedAt };
    const graded = gradeSimilar({ ...entry, issue: entry.past }, asked, { floor, tracker, fixed });
    const why = [entry.issue.why, ...graded.remarks].join("; ");
    return { ...entry, ...graded, issue: { ...entry.issue, why } };
  });
}

/** Only for an issue that somebody of the project has seen: anybody can plant one that others are closed for. */
function closingOf(
  similar: readonly GradedIssue[],
  { subject, closeAfterDays: days }: Pick<TriageInput, "subject" | "closeAfterDays">,
): Pick<TriageOutcome, "closing"> {
  const targets = similar
    .filter(({ grade, past, confirmed }) => grade === "duplicate" && past.state === "open" && confirmed)
    .map(({ past }) => past.number);
  if (subject === null || days === undefined || targets.length === 0) return {};
  // The oldest: the others may be closed for it themselves.
  return { closing: { target: Math.min(...targets), days } };
}

/** The labels that the past speaks for; none where none is wanted, or nothing is known of the past. */
export async function labelsFor(
  written: IssueText,
  { issue, labels, past }: Pick<TriageInput, "issue" | "labels" | "past">,
): Promise<ChosenLabels> {
  if (labels === undefined || past.tracker === null) return { chosen: [], others: [] };
  const { cutOffs, classifier } = await learnLessons(past.tracker, labels.precision);
  const likelihoods = classifier.likelihoods(visibleText(issue));
  return chooseLabels(written, indexOf(past.tracker), { ...labels, cutOffs, likelihoods });
}

/** Lessons are learnt for one precision at a time; duplicates ask for none. */
function precisionOf({ labels }: Pick<TriageInput, "labels">): number {
  return labels?.precision ?? limits.labelPrecision;
}

/** Which evidence holds. What was just read is not held against what is kept. */
async function resolving(
  evidence: readonly Evidence[],
  { workspace, past, pastIssues, signal }: Pick<TriageInput, "workspace" | "past" | "pastIssues" | "signal">,
): Promise<(evidence: Evidence) => boolean> {
  const { tracker, pulls } = past;
  const read = new Set(pastIssues.map(({ number }) => number));
  const isTold = ({ citation }: Evidence): boolean => citation.kind === "issue" && read.has(citation.number);
  const { gitDir } = workspace;
  const resolved = new Set([
    ...(await keepResolving(gitDir, evidence.filter(isTold), { signal })),
    ...(await keepResolving(
      gitDir,
      evidence.filter((one) => !isTold(one)),
      { tracker, pulls, signal },
    )),
  ]);
  return (one) => resolved.has(one);
}

function hasEvidence({ evidence }: LabelSuggestion | Advice): boolean {
  return evidence.length > 0;
}
