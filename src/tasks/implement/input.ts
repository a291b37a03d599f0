/** TYPE FILE of the implement task: what it is given, and what it tells while it works. */
import type { EditTools, ReadFile } from "../../edits/edit.ts";
import type { EngramView } from "../../engram/engram.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import type { Message, Model, ModelProvider } from "../../model/model.ts";
import type { ImplementOutcome, ImplementTask, Phase, VerifiedCommand } from "../../publish/implement-outcome.ts";
import type { Past } from "../../retrieval/past.ts";
import type { PassageSource } from "../ask/passage.ts";

/** Section `implement` of the repository's configuration, of its default branch alone. */
export interface ImplementSettings {
  /** In this order; each must end with exit code 0. */
  commands: { name: string; run: string | string[] }[];
  /** That each may take, as far as the server allows it. */
  minutes: number;
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
  /** Title of the pull request of ours that it goes on with; null: there is none yet. */
  follows: string | null;
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
  /** Of a regular file that is text; null for anything else. */
  read: ReadFile;
  /** Regular files. */
  paths(): Promise<string[]>;
  /** Symbolic links and submodules: nothing is written to them, or below them. */
  others(): Promise<string[]>;
  /** Where the commands run, or why they cannot. */
  sandbox: { description: string } | { description: null; reason: string };
  /**
   * Runs the commands on the tree with these files in it, each time from the commit's own state, up to the first that fails.
   * Errors: the signal's reason, when everything that ran is dead.
   */
  verify(
    files: ImplementOutcome["files"],
    signal: AbortSignal,
    onCommand?: (command: VerifiedCommand) => void,
  ): Promise<VerifiedCommand[]>;
}

export interface ImplementInput {
  request: ImplementRequest;
  settings: ImplementSettings;
  tree: WorkTree;
  /** Of the same commit as the tree. */
  view: EngramView;
  past: Past;
  units: UnitParser;
  models: ModelProvider;
  /** The collection `specifications`; null where it is empty. */
  specifications: PassageSource | null;
  tools: ImplementTools;
  onProgress?: (progress: ImplementProgress) => void;
}

/** What belongs to other stages: src/handlers/implement-tools.ts puts it together. */
export interface ImplementTools extends EditTools {
  decide: (
    model: Model,
    request: { messages: Message[]; options: string[]; signal?: AbortSignal },
  ) => Promise<{ option: string; probabilities: number[] | null }>;
}
