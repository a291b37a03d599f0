/** TYPE FILE of the publish stage: everything that may ever be written, as plain data. */
import type { Evidence } from "../retrieval/evidence.ts";
import type { FileStatus } from "../workspace/diff.ts";

export type FindingKind =
  | "near-copy"
  | "dangling-reference"
  | "companion"
  | "paired-test"
  | "undone"
  | "past-review"
  | "rule"
  | "linter"
  | "secret"
  | "model";

export type Severity = "high" | "medium" | "low";

/** A place in the new version of a changed file (side RIGHT), inside one hunk of the diff. Lines are 1-based, inclusive. */
export interface Anchor {
  path: string;
  startLine: number;
  endLine: number;
  side: "RIGHT" | "LEFT";
}

/** One thing worth telling the author. Worded by code; every statement stands in its evidence. */
export interface Finding {
  /** Identity: hash of kind, path and normalised anchored text. Survives rebases and moved lines. 16 hex digits. */
  id: string;
  kind: FindingKind;
  /** Where the comment goes; null where no line of the diff fits (then it can stand in the summary only). */
  anchor: Anchor | null;
  /** One line. */
  title: string;
  /** Markdown, deterministic, without marker and without the evidence list. */
  body: string;
  /** At least one: no evidence, no comment. */
  evidence: Evidence[];
  placement: "inline" | "summary";
  /** What this repository's own past pull requests say about such findings; absent where they say nothing yet. */
  record?: string;
  /** How much it asks for; absent: what its kind asks for (finding-kinds.ts). */
  severity?: Severity;
  /** What a model's finding is about; absent in others. */
  concern?: Concern;
  /** The exact text, without the last line end, that shall stand in place of the anchor's lines; it applies and parses. */
  replacement?: string;
  /** Name of the model whose words these are; absent where code worded it. */
  writtenBy?: string;
}

export type Concern = "bug" | "security" | "performance" | "clarity";

/** Something that was not published, and why. Shown in the coverage block and in reports. */
export interface Withheld {
  /** What it is about: a path, or `path:line`. */
  about: string;
  /** What would have been said. Untrusted text of a model, escaped when shown, never published on GitHub. */
  text: string;
  /** Which check kept it back. */
  reason: string;
  /** Set where people turned similar findings down: the finding's identity, and where it was turned down last. */
  dismissed?: { id: string; pull: number };
}

/** What a model did for this outcome. */
export interface ModelReport {
  /** Null where none ran. */
  name: string | null;
  /** Why none ran, or why its words are not shown. */
  note: string;
  prompts: number;
  promptTokens: number;
  generatedTokens: number;
  ms: number;
  /** Paths that it was to read and has not read in full; absent where none ran whose findings may be shown. */
  unread?: string[];
}

/** What was read and what was not: the honest footer of every outcome. */
export interface Coverage {
  filesRead: number;
  filesTotal: number;
  hunksRead: number;
  hunksTotal: number;
  linesRead: number;
  linesTotal: number;
  unread: { path: string; reason: string }[];
  engramCommit: string;
  ms: number;
}

/** One file of the change, and how many of its lines are new and gone; 0 where it has no text diff. */
export interface ChangedFile {
  path: string;
  /** Differs from `path` only for renames. */
  oldPath: string;
  status: FileStatus;
  added: number;
  removed: number;
}

/** One thing that a linked issue asks for, and where the change does it. */
export interface CompliancePoint {
  issue: number;
  /** As the issue words it, one line. */
  text: string;
  /** What in the change has to do with it; empty: nothing was found. */
  evidence: Evidence[];
}

export interface PullSubject {
  kind: "pull";
  number: number;
}

export interface IssueSubject {
  kind: "issue";
  number: number;
}

export interface ReviewOutcome {
  kind: "review";
  /** Null for a local clone: there is no pull request to write to. */
  subject: PullSubject | null;
  /** Whether a person asked: then even "nothing found" is said. */
  asked: boolean;
  base: string;
  head: string;
  /** Every file of the change. Absent in outcomes of before this was kept. */
  files?: ChangedFile[];
  findings: Finding[];
  /** Related code, history and owners: the evidence sheet. */
  sheet: Evidence[];
  /** Point by point what the linked issues ask for; absent where none is linked or none lists points. */
  compliance?: CompliancePoint[];
  coverage: Coverage;
  withheld: Withheld[];
  model: ModelReport;
}

export interface TriageOutcome {
  kind: "triage";
  subject: IssueSubject | null;
  /** Whether a person asked: then even "nothing found" is said. */
  asked: boolean;
  /** Similar issues with the change that fixed them. */
  similar: SimilarIssue[];
  /** Suspect files and lines, best first. */
  suspects: Evidence[];
  /** Labels of the repository that fit, surest first; what is already on the issue is not named. */
  labels?: LabelSuggestion[];
  /** What the repository's own form asks for and the issue does not tell. One line each. */
  missing?: string[];
  /** What may be done about it, in order; every sentence stands in its evidence. */
  advice?: Advice[];
  /** The open issue that this one repeats, and is closed for after so many days without an objection; absent: it stays open. */
  closing?: { target: number; days: number };
  engramCommit: string;
  withheld: Withheld[];
  model: ModelReport;
  ms: number;
}

export interface LabelSuggestion {
  /** As the repository spells it. */
  name: string;
  /** Lower bound of the precision that such suggestions had in the repository's own past, 0..1; null where a model chose it. */
  confidence: number | null;
  /** Whether it is put on the issue; else it is only named. */
  apply: boolean;
  /** The issues that speak for it. */
  evidence: Evidence[];
  /** Name of the model that chose it; absent where the past did. */
  writtenBy?: string;
}

export interface Advice {
  text: string;
  evidence: Evidence[];
  /** Name of the model whose words these are; absent where code worded it. */
  writtenBy?: string;
}

export interface SimilarIssue {
  /** `duplicate`: the same report; `related`: worth knowing. Absent: related. */
  grade?: "duplicate" | "related";
  issue: Evidence;
  /** The commits that closed it, with the lines they touched. */
  fixes: Evidence[];
}

/** The answer to a command: help, a refusal, an error; or what was found about a question. */
export interface AnswerOutcome {
  kind: "answer";
  subject: PullSubject | IssueSubject;
  /** The comment that asked; part of the marker, so that one command gets one answer. */
  commentId: number;
  /** First comment of the review thread in which it was asked and is answered; absent outside of threads. */
  thread?: number;
  /** Markdown. Of a question, the answer in a sentence or two. */
  body: string;
  /** What an answer to a question rests on; absent in others. */
  found?: FoundAnswer;
}

export interface FoundAnswer {
  parts: AnswerPart[];
  /** The tree that was searched. */
  engramCommit: string;
  model: ModelReport;
}

/** One thing that a reader looks for: the definition, who uses it, how it came to be. */
export interface AnswerPart {
  /** Words of ours; empty where the part needs none. */
  title: string;
  /** Shown word for word before the lines. */
  quote?: Evidence;
  lines: AnswerLine[];
  /** Whether it is folded away: good to have, and not what was asked. */
  folded?: boolean;
}

/**
 * A sentence with what bears it out. Without a sentence the first piece of evidence speaks for itself, and the others belong
 * to it.
 */
export interface AnswerLine {
  /** Markdown of one line, or empty. */
  text: string;
  /** At least one: no evidence, no statement. */
  evidence: Evidence[];
}

export type Outcome = ReviewOutcome | TriageOutcome | AnswerOutcome;
