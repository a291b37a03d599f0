import type { ClassMembers, UnitParser } from "../../engram/units/unit-parser.ts";
import type { FileDiff, Hunk } from "../../workspace/diff.ts";
import type { LanguageFamily } from "../language-family.ts";
import { readSignature, type Signature } from "../symbols/signature.ts";

/** A member that a class loses, or whose callers may have to change; the class goes on under its name. */
export interface ChangedMember {
  /** The class as it is now. */
  owner: ClassMembers;
  name: string;
  family: LanguageFamily;
  file: FileDiff;
  hunk: Hunk;
  /** Where it had its meaning before the change, 1-based. */
  oldLine: number;
  /** Where it is now, 1-based; null where it is gone. */
  newLine: number | null;
  /** Null where it is gone. */
  signatures: { before: Signature; after: Signature } | null;
  /** Whether it was reached through the class itself. */
  isStatic: boolean;
}

interface FileSides {
  /** Text before the change. */
  old: string;
  /** Text after it. */
  text: string;
}

/** Members that every object has, or that the runtime calls. */
const ownNames = /^(?:constructor|__\w+__|toString|valueOf|toJSON|then|length|name)$/;

/**
 * What the classes of a file lose, and what they take otherwise, by the file's own text: JavaScript, TypeScript and Python. A class
 * that may have names which nobody reads there is left out. Parses both texts: suspectMembers says where that is worth it.
 */
export async function changedMembers(
  file: FileDiff,
  family: LanguageFamily,
  { old, text }: FileSides,
  units: UnitParser,
): Promise<ChangedMember[]> {
  await units.prepare([file.oldPath, file.path]);
  const [then, now] = [units.members(file.oldPath, old), units.members(file.path, text)];
  if (then === null || now === null) return [];
  const sides = { old: old.split("\n"), text: text.split("\n") };
  return onlyOnes(now).flatMap((owner) => {
    const before = onlyOnes(then).find(({ name }) => name === owner.name);
    if (before === undefined || owner.isOpen) return [];
    return [...lostOf(before, owner, { file, family, sides }), ...retypedOf(before, owner, { file, family, sides })];
  });
}

/** A class that loses more, and more than half, is another one under the same name. */
const fewMembers = 5;

/** Two of a name cannot be told apart. */
function onlyOnes(classes: readonly ClassMembers[]): ClassMembers[] {
  return classes.filter(({ name }) => name !== "" && classes.filter((one) => one.name === name).length === 1);
}

interface Place {
  file: FileDiff;
  family: LanguageFamily;
  sides: { old: string[]; text: string[] };
}

function lostOf(before: ClassMembers, owner: ClassMembers, { file, family, sides }: Place): ChangedMember[] {
  const gone = [...before.defines.keys()].filter((name) => !owner.defines.has(name)).length;
  if (gone > fewMembers && 2 * gone > before.defines.size) return [];
  return [...before.defines].flatMap(([name, lines]): ChangedMember[] => {
    if (owner.defines.has(name) || ownNames.test(name)) return [];
    const removed = lines.map((line) => line + 1).find((line) => removedIn(file, line) !== null);
    const hunk = removed === undefined ? null : removedIn(file, removed);
    if (removed === undefined || hunk === null) return [];
    const isStatic = family === "python" || /\bstatic\b/.test(sides.old[removed - 1] ?? "");
    return [{ owner, name, family, file, hunk, oldLine: removed, newLine: null, signatures: null, isStatic }];
  });
}

/** Methods that are there on both sides, once each: overloads are not told apart. */
function retypedOf(before: ClassMembers, owner: ClassMembers, { file, family, sides }: Place): ChangedMember[] {
  return [...before.defines].flatMap(([name, [oldAt = 0, ...more]]): ChangedMember[] => {
    const [newAt, ...others] = owner.defines.get(name) ?? [];
    if (newAt === undefined || more.length + others.length > 0 || ownNames.test(name)) return [];
    const hunk = hunkWith(file, newAt + 1);
    if (hunk === undefined) return [];
    const [then, now] = [readSignature(family, sides.old, oldAt, name), readSignature(family, sides.text, newAt, name)];
    if (then === null || now === null || JSON.stringify(then) === JSON.stringify(now)) return [];
    const isStatic = family === "python" || /\bstatic\b/.test(sides.text[newAt] ?? "");
    const signatures = { before: then, after: now };
    return [{ owner, name, family, file, hunk, oldLine: oldAt + 1, newLine: newAt + 1, signatures, isStatic }];
  });
}

function removedIn({ hunks }: FileDiff, line: number): Hunk | null {
  const isIt = (one: Hunk["lines"][number]): boolean => one.kind === "-" && one.oldLine === line;
  return hunks.find(({ lines }) => lines.some(isIt)) ?? null;
}

function hunkWith({ hunks }: FileDiff, line: number): Hunk | undefined {
  return hunks.find(({ newStart, newLines }) => line >= newStart && line < newStart + newLines);
}
