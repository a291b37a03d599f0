/** TYPE FILE: what an answer is made from and what it is made of. */
import type { EngramView } from "../../engram/engram.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import type { History } from "../../history/history.ts";
import type { AnswerPart } from "../../publish/outcome.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import type { Past } from "../../retrieval/past.ts";
import type { PastIssue } from "../../retrieval/similar-issues.ts";
import type { RepositoryId } from "../../shared/repository.ts";
import type { Workspace } from "../../workspace/workspace.ts";

export interface AskInput {
  /** What is searched: the default branch, or a pull request laid over it. */
  view: EngramView;
  /** As of the commit in which the view's text of a path stands: its `at` is what is cited. */
  historyOf: (path: string) => History;
  past: Past;
  /** Issues that were just read from GitHub, where the tracker may lack some. */
  pastIssues: PastIssue[];
  units: UnitParser;
  workspace: Workspace;
  repository?: RepositoryId | undefined;
  engramCommit: string;
  /** What is asked on: it is no past of its own. */
  subject: { number: number; onPull: boolean } | null;
  signal: AbortSignal;
}

/** Lines of a file that a question is about. */
export interface Place {
  path: string;
  /** What the lines define; null for a part of a file, or all of it. */
  name: string | null;
  /** 1-based, inclusive. */
  startLine: number;
  endLine: number;
  /** The whole file, as it stands in `history.at`. */
  text: string;
  history: History;
}

/** A text that a model may word an answer from, and what is cited for it. */
export interface Material {
  text: string;
  evidence: Evidence;
}

export interface Answer {
  /** The answer in a sentence or two; Markdown of ours, with untrusted pieces in code spans or quotation marks. */
  body: string;
  /** Empty where nothing was found. */
  parts: AnswerPart[];
  material: Material[];
}
