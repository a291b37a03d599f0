import type { UnitParser, Variables } from "../../engram/units/unit-parser.ts";
import type { FileDiff, Hunk } from "../../workspace/diff.ts";
import type { LanguageFamily } from "../language-family.ts";
import { wholeWord } from "../symbols/signature.ts";
import { isGlobalName } from "./global-names.ts";

/** A name that a file gave a meaning to, and still reads although nothing in it does so any more. */
export interface LostName {
  name: string;
  hunk: Hunk;
  /** Where it had its meaning before the change, 1-based. */
  oldLine: number;
  /** Where it is read now, 1-based, ascending. */
  uses: number[];
}

interface FileSides {
  /** Text before the change. */
  old: string;
  /** Text after it. */
  text: string;
}

/**
 * Variables, parameters, imports and functions of any depth that a change takes out of a file which goes on reading them. Only
 * where a file's own text decides what a name means: modules of JavaScript and TypeScript, and Python. Scopes are not looked
 * at, but for the file's: a name that anything in it still gives a meaning to is silently taken to mean that.
 */
export async function lostNames(
  file: FileDiff,
  family: LanguageFamily,
  { old, text }: FileSides,
  units: UnitParser,
): Promise<LostName[]> {
  if (!decidesAlone(file.path, family, text)) return [];
  const suspects = suspectNames(file, family, text);
  if (suspects.size === 0) return [];
  await units.prepare([file.oldPath, file.path]);
  const now = units.variables(file.path, text);
  const missing = [...suspects.keys()].filter((name) => now !== null && isUnbound(now, name));
  const then = missing.length === 0 ? null : units.variables(file.oldPath, old);
  if (now === null || then === null || then.isOpen) return [];
  return missing.flatMap((name): LostName[] => {
    const { hunk, lines } = suspects.get(name) as Suspect;
    const oldLine = then.binds.get(name)?.find((line) => lines.has(line + 1));
    if (oldLine === undefined || isNamedInComment(text, name)) return [];
    const uses = [...new Set(now.reads.get(name))].map((line) => line + 1);
    return [{ name, hunk, oldLine: oldLine + 1, uses }];
  });
}

/** A script shares its variables with others; a declaration file describes what is elsewhere. */
function decidesAlone(path: string, family: LanguageFamily, text: string): boolean {
  if (family === "python") return !/\.py[iwx]$/.test(path) && !/\b(?:globals|locals|exec)\(/.test(text);
  if (family !== "ecmascript" || /\.(?:d\.[cm]?ts|vue)$/.test(path)) return false;
  return /^[ \t]*(?:import|export)\b|\brequire\(|\bmodule\.exports\b|\bexports\.\w/m.test(text);
}

interface Suspect {
  hunk: Hunk;
  /** Old lines that go and look as if they gave the name its meaning, 1-based. */
  lines: Set<number>;
}

/**
 * By single lines, since most changes lose nothing and parsing takes long: names whose meaning goes, that no added line gives
 * one, and that stand somewhere in the new text.
 */
function suspectNames({ hunks }: FileDiff, family: LanguageFamily, text: string): Map<string, Suspect> {
  const suspects = new Map<string, Suspect>();
  const lines = hunks.flatMap((hunk) => hunk.lines.map((line) => ({ ...line, hunk })));
  const added = new Set(lines.flatMap((line) => (line.kind === "+" ? namesIn(bindingPart(family, line.text)) : [])));
  for (const { kind, text: line, oldLine, hunk } of lines) {
    if (kind !== "-" || oldLine === null) continue;
    for (const name of namesIn(bindingPart(family, line))) {
      const known = suspects.get(name);
      if (known !== undefined) known.lines.add(oldLine);
      else if (!added.has(name) && !isGlobalName(family, name) && standsUnbound(family, name, text))
        suspects.set(name, { hunk, lines: new Set([oldLine]) });
    }
  }
  return suspects;
}

function namesIn(text: string): string[] {
  return text.match(/[\p{L}_$][\p{L}\p{N}_$]+/gu) ?? [];
}

/** What of a line may give names a meaning: all of a list, and of a statement what stands before its value. */
function bindingPart(family: LanguageFamily, line: string): string {
  const patterns = family === "python" ? pythonBindings : scriptBindings;
  return patterns.flatMap((pattern) => pattern.exec(line)?.[1] ?? []).join(" ");
}

const scriptBindings = [
  /^\s*import\b(.*?)(?:\bfrom\b|$)/,
  /\b(?:const|let|var)\s+([^=]*)/,
  /\b(?:function\*?|class|enum|catch)\b([^{]*)/,
  // From the line's start or behind an equals sign: from everywhere it would take the square of a line's length.
  /(?:^|=)([^=]*)=>/,
  // One of a list over several lines: of imports, of parameters.
  /^\s*([\w$]+(?:\s+as\s+[\w$]+)?),?\s*$/,
  /^\s*((?:\w+\s+)*[\w$]+)\??\s*:[^=]*,?\s*$/,
];

const pythonBindings = [
  /^\s*(?:from\b.*?)?\bimport\b(.*)/,
  /^\s*(?:async\s+)?(?:def|class)\b(.*)/,
  /\bfor\b(.*?)\bin\b/,
  /\bas\b(.*)/,
  /^([^=(]*)=(?!=)/,
  /^\s*(\w+(?:\s+as\s+\w+)?),?\s*$/,
];

/** Whether the text has the word where it may be read, and no line that plainly declares it. */
function standsUnbound(family: LanguageFamily, name: string, text: string): boolean {
  if (!text.includes(name)) return false;
  const word = wholeWord(name).source;
  if (!new RegExp(`(?<![.\\w$])${word}(?!\\s*:(?!:))`).test(text)) return false;
  const declared =
    family === "python"
      ? `\\b(?:def|class|import|as|for)\\s+${word}|^[ \\t]*${word}\\s*(?::[^=\\n]+)?=(?!=)|^[ \\t]*(?:from\\s.*\\s)?import\\s.*${word}`
      : `\\b(?:const|let|var|class|function|function\\*|enum|namespace)\\s+${word}|\\bimport\\s+(?:type\\s+)?${word}|\\bas\\s+${word}|^[ \\t]*import\\b.*${word}`;
  return !new RegExp(declared, "m").test(text);
}

function isUnbound({ binds, reads, unclear, isOpen }: Variables, name: string): boolean {
  return !isOpen && !binds.has(name) && !unclear.has(name) && reads.has(name);
}

/** ESLint's own declaration of globals, and doctests and the like, which run elsewhere. */
function isNamedInComment(text: string, name: string): boolean {
  const comments = text.matchAll(/\/\*\s*(?:globals?|exported)\b([^*]*)\*\//g);
  return Array.from(comments).some(([, names = ""]) => wholeWord(name).test(names));
}
