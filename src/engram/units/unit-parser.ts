/** PORT of the engram stage, fourth part: where a text comes apart, and what its names do there. */
import type { Role } from "../token-space.ts";

/** A name with what it does in this line. */
export interface RoleName {
  role: Exclude<Role, "path">;
  /** As written, for example `parseHeader` or `./lib/parse` (imports: module and imported names alike). */
  name: string;
  /** 0-based. */
  line: number;
}

export interface ParsedText {
  /**
   * Where units begin, 0-based lines, ascending: functions, classes, methods, sections with what belongs to them (comments
   * and decorators above). Deeper units come with a higher depth; 0 is the top level.
   */
  starts: { line: number; depth: number }[];
  names: RoleName[];
}

/** Variables of a text, whatever their scope: what a name means at a place is not told. Lines are 0-based, ascending. */
export interface Variables {
  /** Lines on which a name gets a meaning: declared, imported, a parameter. */
  binds: Map<string, number[]>;
  /** Lines on which a name must have one. */
  reads: Map<string, number[]>;
  /** Names at places that may be either. */
  unclear: Set<string>;
  /** Whether names come from elsewhere without being named (`import *`). */
  isOpen: boolean;
}

/** A class of a text, and what belongs to it as far as the text says. Lines are 0-based, ascending. */
export interface ClassMembers {
  /** Empty where it has none. */
  name: string;
  /** What it extends, as written. */
  bases: string[];
  /** Lines on which it gets a name: methods, fields, what is assigned to it, what is asked for before it is used. */
  defines: Map<string, number[]>;
  /** Lines on which it must have one: read through `this` or `self`. */
  reads: Map<string, number[]>;
  /** Whether it may have names that the text does not tell: computed ones, those of an unknown function. */
  isOpen: boolean;
}

export interface UnitParser {
  /** Of the grammar set; a change of it rebuilds engrams. */
  readonly version: string;
  /** Loads the grammars that these paths need. Grammars stay loaded. */
  prepare(paths: Iterable<string>): Promise<void>;
  /**
   * A function of path and text alone. Null where no grammar is for this path or the text is over
   * `limits.parsedFileBytes` (a limit by size, because one by time would give different rows on different machines).
   * Throws Error where the grammar was not prepared.
   */
  parse(path: string, text: string): ParsedText | null;
  /** As `parse`. Null also for languages whose variables nobody reads (JavaScript, TypeScript and Python are read), and where the text has errors. */
  variables(path: string, text: string): Variables | null;
  /** As `variables`, the classes of a text in their order. */
  members(path: string, text: string): ClassMembers[] | null;
}
