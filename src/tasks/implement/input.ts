/** TYPE FILE of the implement task: what it is given, and what it tells while it works. */
import type { ReadFile } from "../../edits/edit.ts";
import type { ImplementOutcome, ImplementTask, Phase, VerifiedCommand } from "../../publish/implement-outcome.ts";

/** Section `implement` of the repository's configuration, of its default branch alone. */
export interface ImplementSettings {
  /** In this order; each must end with exit code 0. */
  commands: { name: string; run: string | string[] }[];
  /** Globs of files that no change of ours may touch, beside those that none ever may. */
  protect: string[];
  /** Whether a maintainer has to approve the plan before code is written. */
  approve: boolean;
  /** Folder that the plan is committed into; null: it stands in the pull request alone. */
  documents: string | null;
}

/** The request: text of people who may ask, frozen when they asked. Untrusted all the same. */
export interface ImplementRequest {
  task: ImplementTask;
  number: number | null;
  title: string;
  body: string;
  /** What stood behind the command: a hint, a place, a kind of refactoring. */
  argument: string;
  /** Stop after the design, whatever the task. */
  planOnly: boolean;
}

/** Told as it happens, in order; a progress comment or a terminal draws it. */
export type ImplementProgress =
  | { kind: "phase"; phase: Phase; state: "begun" | "done" | "failed" }
  | { kind: "round"; round: number; of: number }
  | { kind: "command"; round: number; command: VerifiedCommand };

/** A tree that the edits are made on, and where its commands run. */
export interface WorkTree {
  commit: string;
  read: ReadFile;
  paths(): Promise<string[]>;
  /** Writes edited files into the private copy, and runs the commands there. */
  verify(outcomeFiles: ImplementOutcome["files"], signal: AbortSignal): Promise<VerifiedCommand[]>;
}
