/** TYPE FILE of the edits stage: changes to files as data. Nothing here touches a disk. */

/** One change that a model asks for. Paths are relative to the repository's root, with `/`. */
export type Edit =
  /** The whole text of a small file or of a new one. */
  | { kind: "file"; path: string; text: string }
  /** A whole definition, named as the grammar names it (`Class.method` for a member), in place of the one that stands there. */
  | { kind: "symbol"; path: string; symbol: string; text: string }
  /** Lines that occur exactly once, and what shall stand in their place; for files too long to be written anew. */
  | { kind: "replace"; path: string; search: string; replacement: string }
  /** Lines behind the last one of a file that is there: further tests. */
  | { kind: "append"; path: string; text: string };

/** A file before and after; null: it does not exist. */
export interface EditedFile {
  path: string;
  before: string | null;
  after: string | null;
}

export type RefusalReason =
  | "protected-path"
  | "bad-path"
  | "no-such-file"
  | "no-such-symbol"
  | "not-found"
  | "ambiguous"
  | "elided"
  | "does-not-parse"
  | "changes-nothing"
  | "too-large"
  | "not-text";

/** Why an edit was not applied, worded so that a model can do better in the next round. */
export interface RefusedEdit {
  edit: Edit;
  reason: RefusalReason;
  /** One or two sentences. */
  explanation: string;
  /** The lines that are most like what was looked for, as they really stand there; null where nothing is. 1-based. */
  nearest: { startLine: number; text: string } | null;
}

export interface AppliedEdits {
  /** Files that differ now, sorted by path. */
  files: EditedFile[];
  applied: Edit[];
  refused: RefusedEdit[];
}

/** Text of a file as of the tree that is edited; null where there is none or it is no text. */
export type ReadFile = (path: string) => Promise<string | null>;

/** A function, class or method with a name. Lines are 1-based, inclusive. */
export interface Definition {
  /** `method`, or `Class.method` inside of another one. */
  name: string;
  /** Where the comments right above begin; `nodeLine` where there are none. */
  leadLine: number;
  /** Where it begins with its decorators or modifiers. */
  nodeLine: number;
  /** Where its name stands. */
  headLine: number;
  endLine: number;
}

/** What the grammars know of a text (src/api/check-syntax.ts, src/api/find-definitions.ts). Null where there is none for the path. */
export interface EditTools {
  findSyntaxErrors(path: string, text: string): Promise<{ line: number; message: string }[] | null>;
  findDefinitions(path: string, text: string): Promise<Definition[] | null>;
}
