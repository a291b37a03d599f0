/** TYPE FILE of the qualification stage: the built-in cases, written for this purpose alone. */

export type CaseLanguage =
  | "typescript"
  | "javascript"
  | "python"
  | "go"
  | "java"
  | "rust"
  | "csharp"
  | "ruby"
  | "php"
  | "c"
  | "sql"
  | "text";

interface CaseBase {
  id: string;
  /** Cases that share their material: they are never parted between calibration and test. */
  group: string;
  language: CaseLanguage;
}

/**
 * A change of one file that holds one planted defect, or none: then it looks suspicious and is right. The sound twin of a
 * defect is the same change with the defect mended.
 */
export interface ReviewCase extends CaseBase {
  ability: "review";
  path: string;
  /** What kind of defect it is or looks like: `off by one`, `injection`. */
  kind: string;
  /** Lines of the change behind their marker: `+`, `-` or a space. */
  change: string[];
  /** 0-based places in `change` where a remark is right; empty for a sound change. */
  right: number[];
  evidence: { path: string; why: string; text: string }[];
}

/** A claim about lines, which they bear out or contradict. */
export interface ConfirmCase extends CaseBase {
  ability: "confirm";
  path: string;
  code: string;
  claim: string;
  holds: boolean;
}

export interface LabelCase extends CaseBase {
  ability: "label";
  title: string;
  body: string;
  labels: { name: string; description: string }[];
  /** One of the labels, or null where none fits. */
  expected: string | null;
}

/** Facts that a check found, to be said in one sentence. */
export interface WordingCase extends CaseBase {
  ability: "wording";
  title: string;
  body: string;
  evidence: { path: string; why: string }[];
  /** The sentence has to hold one of each. */
  must: string[][];
  /** Claims that the facts contradict or do not make, in lower case. */
  mustNot: string[];
}

/** A function to change and a test that shows whether it was. Run nowhere but in a sandbox. */
export interface EditCase extends CaseBase {
  ability: "edit";
  path: string;
  code: string;
  request: string;
  /** Name of the function that the edit replaces. */
  symbol: string;
  /** Whether that function is asked for, or the whole file. */
  form: "symbol" | "file";
  /** The whole file as one that passes: where not even that does, the language's tools are missing. Never shown to a model. */
  solution: string;
  /** Files beside it: its test, and what the language's tools ask for. */
  beside: Record<string, string>;
  /** A line for `sh -c` in the folder of these files, which ends with exit code 0 where the test passes. */
  command: string;
}

export type QualificationCase = ReviewCase | ConfirmCase | LabelCase | WordingCase | EditCase;

/**
 * A change in two versions. Each line stands behind one of these marks:
 * a space: unchanged; `-` taken out; `+` put in; `>` put in by the sound version alone; `~` put in by the defective version
 * alone; `!` the same, and it is the defect. `*` put in by both and `.` unchanged: where the defective version lacks
 * something, the line that a remark about it stands on.
 */
export interface ReviewListing {
  id: string;
  language: CaseLanguage;
  path: string;
  kind: string;
  text: string;
  evidence?: { path: string; why: string; text: string }[];
}

/** Lines, with claims about them. */
export interface ConfirmListing {
  id: string;
  language: CaseLanguage;
  path: string;
  code: string;
  holds: string[];
  fails: string[];
}

/** A file with one function to change, and a program that ends with exit code 0 where that was done. */
export interface EditListing {
  /** Of the file, without its ending. */
  name: string;
  symbol: string;
  request: string;
  code: string;
  solution: string;
  test: string;
}
