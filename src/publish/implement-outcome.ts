/** TYPE FILE of the publish stage: what an implementation comes to, as plain data. */
import type { EditedFile } from "../edits/edit.ts";
import type { Evidence } from "../retrieval/evidence.ts";
import type { ModelReport } from "./outcome.ts";

/** What was asked for. `plan` stops before any code is written. */
export type ImplementTask = "implement" | "plan" | "test" | "document" | "refactor";

export type Phase = "requirements" | "specification" | "design" | "implementation" | "tests" | "documentation";

/** What one phase wrote. Markdown; a model's words where `writtenBy` names it, else worded by code. */
export interface PhaseDocument {
  phase: Phase;
  markdown: string;
  writtenBy: string | null;
}

/** A place that the change is likely to be made in, best first. */
export interface ImplementPlace {
  path: string;
  /** 1-based, inclusive. */
  startLine: number;
  endLine: number;
  symbol: string | null;
  reason: string;
  evidence: Evidence[];
}

/** One command of the repository, as it ended in the sandbox. */
export interface VerifiedCommand {
  name: string;
  /** As configured on the default branch, on one line. */
  command: string;
  passed: boolean;
  /** In words: `exit code 1`, `stopped after 120 s`. */
  ended: string;
  ms: number;
  /** Redacted, cut; empty where it passed. */
  output: string;
}

/** One attempt: what was written, what was refused of it, what the commands said. */
export interface ImplementRound {
  applied: number;
  /** One line each. */
  refused: string[];
  commands: VerifiedCommand[];
}

export type ImplementVerdict =
  /** All commands passed on the change. */
  | "passed"
  /** It applies and parses, but there was no command to run. */
  | "unverified"
  /** No attempt applied, parsed and passed. */
  | "failed"
  /** The plan is all that was asked for, or it waits for approval. */
  | "planned"
  /** The request has no clear target: `reason` is the question back. */
  | "question"
  /** Not begun: `reason` says what is in the way (no model, no sandbox, a closed issue). */
  | "refused"
  | "stopped";

export interface ImplementOutcome {
  kind: "implement";
  task: ImplementTask;
  /** The issue or pull request; null on the command line. */
  number: number | null;
  /** The commit that everything was made on. */
  base: string;
  /** One line; title of the pull request. */
  title: string;
  verdict: ImplementVerdict;
  /** One or two sentences, for people. */
  reason: string;
  documents: PhaseDocument[];
  places: ImplementPlace[];
  evidence: Evidence[];
  /** The change of the last attempt, whatever its verdict; empty where none was written. */
  files: EditedFile[];
  /** The same as a unified diff that `git apply` takes. */
  patch: string;
  rounds: ImplementRound[];
  /** What was not checked, one line each. */
  unverified: string[];
  /** The sandbox's back end in words; null where none ran. */
  sandbox: string | null;
  model: ModelReport;
}
