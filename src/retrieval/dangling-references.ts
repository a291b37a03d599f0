import type { EngramView } from "../engram/engram.ts";
import type { Anchor } from "../publish/outcome.ts";
import { limits } from "../shared/limits.ts";
import type { Change, FileDiff, Hunk } from "../workspace/diff.ts";
import { type CodeFile, definitionsIn, readCodeFile } from "./code-file.ts";
import type { DefinitionKind } from "./definitions.ts";
import { nearestNewLine } from "./edits.ts";
import type { Evidence } from "./evidence.ts";
import { importsOf, isInternal } from "./js-imports.ts";
import { languageOf } from "./languages.ts";
import { maskCode } from "./mask-code.ts";
import { isOrdinaryPath } from "./ordinary-path.ts";
import { referenceLines } from "./references.ts";
import { partsOf } from "./words.ts";

/** A name whose last definition the change removes, and which the head still uses. */
export interface DanglingReference {
  name: string;
  kind: DefinitionKind;
  /** The line that defined it, on the LEFT side. */
  removedAt: Anchor;
  /** A line of the same hunk on the RIGHT side; null where the file is gone. */
  anchor: Anchor | null;
  /** Uses in all; the evidence holds the first few. */
  referenceCount: number;
  references: Evidence[];
}

const MIN_NAME_CHARACTERS = 4;
/** A name used more often would have broken the build long before the review. */
const MAX_REFERENCES = 20;

/**
 * Names that the change leaves without a definition anywhere in the tree.
 * @param view the head: the change laid over the engram
 * @param citeCommit the commit in which the view's text of a path can be cited
 */
export function findDanglingReferences(
  change: Change,
  view: EngramView,
  { citeCommit }: { citeCommit: (path: string) => string },
): DanglingReference[] {
  const files = new Map<string, CodeFile | null>();
  const read = (path: string): CodeFile | null => {
    let file = files.get(path);
    if (file === undefined) {
      const text = isOrdinaryPath(path) ? view.text(path) : null;
      file = text === null ? null : readCodeFile(path, text);
      files.set(path, file);
    }
    return file;
  };
  return removedDefinitions(change).flatMap((removed) => {
    const lines = danglingLines(removed, view, read);
    return lines.length > 0 ? [describe(removed, lines, citeCommit)] : [];
  });
}

interface RemovedDefinition {
  name: string;
  kind: DefinitionKind;
  file: FileDiff;
  hunk: Hunk;
  oldLine: number;
}

interface ReferenceLine {
  path: string;
  line: number;
  text: string;
}

/** Definitions on the lines that the change takes away, each name once. */
function removedDefinitions(change: Change): RemovedDefinition[] {
  const removed = new Map<string, RemovedDefinition>();
  for (const file of change.files.filter(({ oldPath }) => isOrdinaryPath(oldPath))) {
    for (const hunk of file.hunks) {
      for (const definition of definitionsRemovedBy(file, hunk)) {
        const key = `${languageOf(file.oldPath)?.name} ${definition.name}`;
        if (!removed.has(key) && removed.size < limits.removedDefinitions) removed.set(key, definition);
      }
    }
  }
  return [...removed.values()];
}

function definitionsRemovedBy(file: FileDiff, hunk: Hunk): RemovedDefinition[] {
  const language = languageOf(file.oldPath);
  if (language === null) return [];
  const oldLines = hunk.lines.filter(({ kind }) => kind !== "+");
  const definitions = definitionsIn(maskCode(oldLines.map(({ text }) => text).join("\n"), language), language);
  return definitions.flatMap(({ name, kind, line, topLevel }) => {
    const diffLine = oldLines[line - 1];
    const isMember = kind === "method" || !["javascript", "python"].includes(language.name);
    if (diffLine?.kind !== "-" || (!topLevel && !isMember) || !canBeFollowed(name, kind, language.name)) return [];
    return [{ name, kind, file, hunk, oldLine: diffLine.oldLine ?? 0 }];
  });
}

/**
 * Whether uses of the name can be told from other things of that name. Imports tell in JavaScript; elsewhere, and for
 * methods everywhere, the name itself must be unusual: several words, or one long one.
 */
function canBeFollowed(name: string, kind: DefinitionKind, language: string): boolean {
  if (name.length < MIN_NAME_CHARACTERS) return false;
  if (language === "javascript" && kind !== "method") return true;
  return partsOf(name).length > 1 || (kind !== "method" && name.length >= 8);
}

function danglingLines(
  { name, kind, file }: RemovedDefinition,
  view: EngramView,
  read: (path: string) => CodeFile | null,
): ReferenceLine[] {
  const language = languageOf(file.oldPath);
  const paths = view.pathsWithToken(name).filter((path) => languageOf(path)?.name === language?.name);
  if (paths.length > limits.filesPerName) return [];
  const holders = paths.flatMap((path) => read(path) ?? []);
  if (holders.some((holder) => definesName(holder, name))) return [];
  const lines = holders.flatMap((holder) => {
    const textLines = holder.text.split("\n");
    return referenceLines(holder, { name, kind, path: file.path }).map((line) => ({
      path: holder.path,
      line,
      text: textLines[line - 1] ?? "",
    }));
  });
  return lines.length > MAX_REFERENCES ? [] : lines;
}

/**
 * Besides definitions: a re-export under this name, and an import of it from a package, which may be passed on. Where
 * anything is in doubt the name counts as defined.
 */
function definesName(file: CodeFile, name: string): boolean {
  return (
    file.definitions.some((definition) => definition.name === name) ||
    new RegExp(`\\bexport\\s*\\{[^}]*\\bas\\s+${name.replaceAll("$", "\\$")}(?![\\w$])`).test(file.code) ||
    (file.language.name === "javascript" &&
      importsOf(file).some(({ specifier, localNames }) => !isInternal(specifier) && localNames.includes(name)))
  );
}

function describe(
  { name, kind, file, hunk, oldLine }: RemovedDefinition,
  lines: ReferenceLine[],
  citeCommit: (path: string) => string,
): DanglingReference {
  const newLine = nearestNewLine(hunk, oldLine);
  return {
    name,
    kind,
    removedAt: { path: file.oldPath, startLine: oldLine, endLine: oldLine, side: "LEFT" },
    anchor: newLine === null ? null : { path: file.path, startLine: newLine, endLine: newLine, side: "RIGHT" },
    referenceCount: lines.length,
    references: lines.slice(0, limits.evidencePerFinding).map(({ path, line, text }) => ({
      kind: "dangling-reference",
      citation: { kind: "code", path, startLine: line, endLine: line, commit: citeCommit(path) },
      score: 1 / lines.length,
      why: `uses ${name}`,
      text,
    })),
  };
}
