/** TYPE FILE: what writing code gives. */
import type { ModelIdentity, Qualification } from "../../model/model.ts";
import type { Passage } from "../ask/passage.ts";

export const codeKinds = ["generate", "test", "document", "refactor", "client"] as const;
export type CodeKind = (typeof codeKinds)[number];

export const codeWays = ["direct", "pipeline", "collaborative"] as const;
export type CodeWay = (typeof codeWays)[number];

/** A place in code that does not parse. */
export interface SyntaxProblem {
  /** 1-based. */
  line: number;
  message: string;
}

/** Code of a model with what code could check of it. */
export interface CheckedCode {
  code: string;
  /** The ending that decides by which grammar it was parsed, for example `ts`; null where none is known. */
  extension: string | null;
  /** Null where no grammar is at hand. */
  syntax: SyntaxProblem[] | null;
  /** Places where code was left out ("… rest of the code"). */
  elisions: { line: number; text: string }[];
  /** Names it uses that stand neither in the material nor in the task, and that the language has not; null: not checked. */
  unknownNames: string[] | null;
  /** The answer ended because it was too long. */
  cutOff: boolean;
  /** 2 where the first one did not parse. */
  attempts: number;
}

export interface CodePart extends CheckedCode {
  name: "code" | "implementation" | "tests" | "client";
  /** What the model says about it; null for nothing. */
  remark: string | null;
  model: (ModelIdentity & { qualification: Qualification }) | null;
}

export interface CodeAnswer {
  task: string;
  kind: CodeKind;
  /** `template`: written by code from a specification; `none`: no model, the evidence alone. */
  how: CodeWay | "template" | "none";
  /** Why it is `template` or `none`; null elsewhere. */
  why: string | null;
  /** What was designed first, or beside it. */
  design: string | null;
  parts: CodePart[];
  /** Parts that could not be had, and why. */
  failed: { part: string; reason: string }[];
  /** What the model was given. */
  passages: Passage[];
}
