/** TYPE FILE of the qualification stage: what a model answered to one case. */
import type { Edit } from "../edits/edit.ts";
import type { Ability, Message, Model } from "../model/model.ts";
import type { QualificationCase } from "./cases/case.ts";

export interface CaseAnswer {
  case: QualificationCase;
  /** False where it gave no usable answer: that is never right. */
  answered: boolean;
  /** Whether it said something that would be shown: a problem, a label, a sentence. For `confirm`: whether it said yes. */
  said: boolean;
  /** Whether that is right, silence included. */
  right: boolean;
  /** Probability of what it said (`confirm`: of yes), 0..1; null where the back end gives none. */
  probability: number | null;
  /** What it said, or why nothing can be shown; for people. */
  text: string;
}

/** A choice among options, read as probabilities where the back end gives them (src/model/decide.ts). */
export type Decide = (
  model: Model,
  request: { messages: Message[]; options: string[]; signal?: AbortSignal },
) => Promise<{ option: string; probabilities: number[] | null }>;

/** Files as a model edited them, and what runs there. */
export interface EditTrial {
  /** Texts by path, before the edits. */
  files: Record<string, string>;
  edits: readonly Edit[];
  /** A line for `sh -c` in the folder of the files. */
  command: string;
}

/**
 * Applies edits as the implement task does, and runs the command on the result in a sandbox (src/handlers/try-edits.ts).
 * @returns null where all were applied and it ended with exit code 0, else why not. Errors: `no-sandbox`; the signal's reason.
 */
export type TryEdits = (trial: EditTrial, signal?: AbortSignal) => Promise<string | null>;

export type CaseOf<A extends Ability> = Extract<QualificationCase, { ability: A }>;
