import { createNameTokens } from "../../engram/algebra/name-token.ts";
import type { EngramView } from "../../engram/engram.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import { limits } from "../../shared/limits.ts";
import type { Change, FileDiff, Hunk } from "../../workspace/diff.ts";
import { familyOf, type LanguageFamily } from "../language-family.ts";
import { isOrdinaryPath } from "../ordinary-path.ts";
import { type Definition, definitionsOf } from "../symbols/definitions.ts";
import type { Signature } from "../symbols/signature.ts";
import { partsOf } from "../words.ts";
import { type CandidateNames, candidateNames } from "./candidate-names.ts";

/** A definition that the change takes away, or whose callers it may break. */
export interface ChangedDefinition {
  name: string;
  kindOfChange: "removed" | "signature";
  member: boolean;
  family: LanguageFamily;
  file: FileDiff;
  hunk: Hunk;
  /** Where it stands before the change, 1-based. */
  oldLine: number;
  /** Where it stands after the change; null where it is gone. */
  newLine: number | null;
  /** Both null where nothing can be called. */
  signatures: { before: Signature; after: Signature } | null;
}

export interface Sides {
  /** Text before the change by its path then; null where there was none. */
  before: (path: string) => string | null | Promise<string | null>;
  view: EngramView;
  units: UnitParser;
}

const minNameCharacters = 4;
/** What every object has or may have: its uses are nobody's in particular. */
const protocolName =
  /^(?:__.*__|to(?:String|JSON|ISOString|LocaleString|Array|_\w+)|valueOf|hashCode|compareTo|hasNext|(?:un)?marshal\w*|ServeHTTP|GetHashCode|setUp|tearDown|constructor|respond_to\??|method_missing)$/i;

/** A rewrite of a small file is still followed. */
const fewMembers = 5;

/**
 * Definitions that the change removes or gives another signature. A file is parsed only where tokens and single lines
 * say that it has one (candidate-names.ts).
 */
export async function changedDefinitions(change: Change, sides: Sides): Promise<ChangedDefinition[]> {
  const tokens = createNameTokens(sides.view.info().seed);
  const found = new Map<string, ChangedDefinition>();
  for (const file of change.files) {
    const family = familyOf(file.oldPath);
    if (family === null || file.hunks.length === 0 || !isOrdinaryPath(file.oldPath)) continue;
    const old = file.status === "added" ? null : await sides.before(file.oldPath);
    if (old === null) continue;
    const text = file.status === "deleted" ? null : sides.view.text(file.path);
    const names = candidateNames(file, family, sides.view, tokens, { before: old, after: text });
    if (names.removed.size + names.retyped.size === 0) continue;
    await sides.units.prepare([file.oldPath, file.path]);
    const before = definitionsOf(sides.units, file.oldPath, old);
    // Large files take a tenth of a second: where nothing can have another signature, tokens say what is still here.
    const after = text === null || names.retyped.size === 0 ? [] : definitionsOf(sides.units, file.path, text);
    for (const one of compare(file, family, names, text, before, after)) {
      const key = `${family} ${one.name}`;
      if (!found.has(key) && found.size < limits.removedDefinitions) found.set(key, one);
    }
  }
  return [...found.values()];
}

function compare(
  file: FileDiff,
  family: LanguageFamily,
  { removed, retyped }: CandidateNames,
  text: string | null,
  before: readonly Definition[],
  after: readonly Definition[],
): ChangedDefinition[] {
  const [then, now] = [byName(before), byName(after)];
  const left = new Set(text?.match(/[\p{L}_$][\p{L}\p{N}_$]*/gu));
  const gone = [...then.keys()].filter((name) => !left.has(name)).length;
  const goneWhole = gone > fewMembers && 2 * gone > then.size;
  return [...then].flatMap(([name, definitions]): ChangedDefinition[] => {
    const [old] = definitions as [Definition];
    if (!canBeFollowed(name, old.member, family)) return [];
    const others = now.get(name) ?? [];
    const hunk = file.hunks.find(({ oldStart, oldLines }) => old.line >= oldStart && old.line < oldStart + oldLines);
    const base = { name, member: old.member, family, file, oldLine: old.line };
    if (others.length === 0) {
      // Members of a type that went as a whole were called through values that now have another type.
      if (!removed.has(name) || (old.member && goneWhole)) return [];
      return hunk === undefined ? [] : [{ ...base, kindOfChange: "removed", hunk, newLine: null, signatures: null }];
    }
    const [current] = others as [Definition];
    // Overloads: which of them is meant cannot be told.
    if (!retyped.has(name) || definitions.length > 1 || others.length > 1) return [];
    if (old.signature === null || current.signature === null || !differs(old.signature, current.signature)) return [];
    const near = hunk ?? nearest(file, current.line);
    const signatures = { before: old.signature, after: current.signature };
    return [{ ...base, kindOfChange: "signature", hunk: near, newLine: current.line, signatures }];
  });
}

/** The definition's own line may be unchanged, and only its parameters below in a hunk. */
function nearest({ hunks }: FileDiff, line: number): Hunk {
  return hunks.find(({ newStart, newLines }) => line < newStart + newLines) ?? (hunks.at(-1) as Hunk);
}

function differs(before: Signature, after: Signature): boolean {
  return JSON.stringify(before) !== JSON.stringify(after);
}

/**
 * Whether uses of the name can be told from other things of that name. Imports tell in JavaScript; elsewhere, and for
 * members everywhere, the name itself must be unusual: several words, or one long one.
 */
function canBeFollowed(name: string, member: boolean, family: LanguageFamily): boolean {
  if (name.length < minNameCharacters || protocolName.test(name)) return false;
  if (family === "ecmascript" && !member) return true;
  return partsOf(name).length > 1 || (!member && name.length >= 8);
}

function byName(definitions: readonly Definition[]): Map<string, Definition[]> {
  const names = new Map<string, Definition[]>();
  for (const one of definitions) names.set(one.name, [...(names.get(one.name) ?? []), one]);
  return names;
}
