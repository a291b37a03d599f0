import type { EngramView } from "../../engram/engram.ts";
import type { UnitParser } from "../../engram/units/unit-parser.ts";
import type { Anchor } from "../../publish/outcome.ts";
import { limits } from "../../shared/limits.ts";
import type { Change, FileDiff } from "../../workspace/diff.ts";
import { addedLines, nearestNewLine } from "../edits.ts";
import type { Evidence } from "../evidence.ts";
import { familyOf } from "../language-family.ts";
import { isTestPath } from "../ordinary-path.ts";
import { importStatements, isInternal } from "../symbols/import-statements.ts";
import { createSymbolFiles, type SymbolFiles } from "../symbols/symbol-files.ts";
import { wholeWord } from "../symbols/signature.ts";
import { useLines } from "../symbols/use-lines.ts";
import { type ChangedDefinition, changedDefinitions, type Sides } from "./changed-definitions.ts";
import { brokenCall } from "./broken-calls.ts";
import { type LostName, lostNames } from "./lost-names.ts";
import { isEdited, type UseLine, usedMembers } from "./used-members.ts";

/** A name that the change removes or gives another signature, and that the head still uses as before. */
export interface DanglingReference {
  name: string;
  /**
   * `unbound`: whatever else has that name, nothing in the file that uses it gives it a meaning any more. `member`: whatever else
   * has it, the class that had it does not any more.
   */
  kindOfChange: "removed" | "signature" | "unbound" | "member";
  /** Of a member: the class. */
  owner?: string;
  /** The line that defined it, on the LEFT side. */
  removedAt: Anchor;
  /** A line of the same hunk on the RIGHT side, the definition's own where it is still there; null where the file is gone. */
  anchor: Anchor | null;
  /** Uses in all; the evidence holds the first few. */
  referenceCount: number;
  references: Evidence[];
}

export interface DanglingOptions {
  /** The commit in which the view's text of a path can be cited. */
  citeCommit: (path: string) => string;
  units: UnitParser;
  /** Text before the change, by the path that the file had then; null where there was none. */
  before: (path: string) => string | null | Promise<string | null>;
}

/** A name used more often would have broken the build long before the review. */
const mostReferences = 20;

/**
 * Names that the change leaves without a definition anywhere in the tree, and functions whose new signature some calls do
 * not fit. Languages with a grammar only.
 * @param view the head: the change laid over the engram
 */
export async function findDanglingReferences(
  change: Change,
  view: EngramView,
  { citeCommit, units, before }: DanglingOptions,
): Promise<DanglingReference[]> {
  const files = createSymbolFiles(view, units);
  const written = new Map(change.files.map((file) => [file.path, addedLines(file)]));
  const found: DanglingReference[] = [];
  for (const changed of await changedDefinitions(change, { before, view, units })) {
    const uses = isTheOnlyOne(changed, files) ? await leftUses(changed, files, written) : [];
    if (uses.length > 0) found.push(describe(changed, uses, citeCommit));
  }
  const told = new Set(found.map(({ name, removedAt }) => `${removedAt.path} ${name}`));
  for (const { member, uses } of await usedMembers(change, files, { before, view, units })) {
    const key = `${member.file.oldPath} ${member.name}`;
    if (found.length >= limits.removedDefinitions || told.has(key) || uses.length > mostReferences) continue;
    told.add(key);
    const kindOfChange = member.newLine === null ? "member" : "signature";
    found.push(describe({ ...member, kindOfChange, owner: member.owner.name }, uses, citeCommit));
  }
  for (const { file, lost, lines } of await lostInTheirFiles(change, { before, view, units })) {
    if (found.length >= limits.removedDefinitions) break;
    if (told.has(`${file.oldPath} ${lost.name}`) || isDeclaredForAll(lost.name, file.path, files)) continue;
    const uses = lost.uses.map((line) => {
      return { path: file.path, line, text: lines[line - 1] ?? "", why: `uses ${lost.name}` };
    });
    if (uses.length > mostReferences) continue;
    found.push(describe({ ...lost, kindOfChange: "unbound", file, newLine: null }, uses, citeCommit));
  }
  return found;
}

interface LostInFile {
  file: FileDiff;
  lost: LostName;
  /** Of the file now. */
  lines: string[];
}

async function lostInTheirFiles(change: Change, { before, view, units }: Sides): Promise<LostInFile[]> {
  const found: LostInFile[] = [];
  for (const file of change.files) {
    const family = familyOf(file.path);
    if (family === null || !isEdited(file)) continue;
    const [old, text] = [await before(file.oldPath), view.text(file.path)];
    if (old === null || text === null) continue;
    const lost = await lostNames(file, family, { old, text }, units);
    const lines = lost.length === 0 ? [] : text.split("\n");
    found.push(...lost.map((one) => ({ file, lost: one, lines })));
  }
  return found;
}

/** A declaration of types says that every file has it. */
function isDeclaredForAll(name: string, path: string, files: SymbolFiles): boolean {
  return files
    .definers(name, path)
    .some((one) => one !== path && (/\.d\.[cm]?ts$/.test(one) || /\bdeclare\s+global\b/.test(files.text(one))));
}

/** Whether nothing else in the tree can be meant by the name. Where anything is in doubt something else is. */
function isTheOnlyOne({ name, kindOfChange, file, family }: ChangedDefinition, files: SymbolFiles): boolean {
  // A test's own thing of that name is the test's alone.
  const others = (path: string) => path !== file.path && (isTestPath(file.path) || !isTestPath(path));
  const definers = files.definers(name, file.path).filter(others);
  if (definers.length > 0 || passesOnEverything(files.text(file.path))) return false;
  const holders = files.holders(name, file.path);
  if (holders.length > limits.filesPerName) return false;
  const word = wholeWord(name).source;
  const reexport = new RegExp(`\\bexport\\s*\\{[^}]*\\bas\\s+${word}`);
  // Neither `exports.name = name` nor `const name = require(…)` gives the name a meaning of its own.
  const value = `(?![=>~])(?!\\s*${word})(?!\\s*(?:await\\s+)?(?:require|import)\\s*\\()`;
  const assigned = new RegExp(
    `(?:^|[^=!<>.\\w]|exports\\.|prototype\\.|this\\.|self\\.)${word}\\s*(?::=|=${value})`,
    "m",
  );
  return !holders.some((path) => {
    if (path === file.path ? kindOfChange === "signature" : !others(path)) return false;
    const text = files.text(path);
    return reexport.test(text) || assigned.test(text) || (family === "ecmascript" && comesFromPackage(text, name));
  });
}

/** A file that hands on all names of another module may still have this one. */
function passesOnEverything(text: string): boolean {
  return /^\s*(?:export\s+(?:type\s+)?\*|from\s+\S+\s+import\s+\*|pub\s+use\s+[\w:]+::\*)/m.test(text);
}

/** An import of the name from a package, which may be passed on. */
function comesFromPackage(text: string, name: string): boolean {
  const near = new RegExp(
    `^[ \\t]*(?:import|export|const|let|var)\\b[^;]*${wholeWord(name).source}[^;]*["'][^"'\\n]+["']`,
    "m",
  );
  if (!near.test(text)) return false;
  return importStatements(text, null).some(
    ({ specifier, localNames }) => !isInternal(specifier) && localNames.includes(name),
  );
}

async function leftUses(
  changed: ChangedDefinition,
  files: SymbolFiles,
  written: ReadonlyMap<string, ReadonlySet<number>>,
): Promise<UseLine[]> {
  const { name, file, member, kindOfChange } = changed;
  // What tests define, often in place of something real, is nobody else's.
  const isTest = isTestPath(file.oldPath);
  if (isTest && member) return [];
  const inTests = !isTest && files.definers(name, file.path).some(isTestPath);
  const users = files
    .users(name, file.path)
    .filter((path) => canMean(path, file.oldPath, isTest) && !(inTests && isTestPath(path)));
  if (users.length > limits.danglingFiles) return [];
  const uses: UseLine[] = [];
  for (const path of users) {
    const read = await files.read(path);
    if (read === null) continue;
    const lines = read.text.split("\n");
    for (const line of useLines(read, { name, path: file.path, member })) {
      const why =
        kindOfChange === "removed"
          ? `uses ${name}`
          : brokenCall(changed, path, lines, line, written.get(path)?.has(line) ?? false);
      if (why !== null) uses.push({ path, line, text: lines[line - 1] ?? "", why });
    }
  }
  return uses.length > mostReferences ? [] : uses;
}

/** A declaration (`.d.ts`) says nothing to files that have no types. */
function canMean(path: string, home: string, isTest: boolean): boolean {
  if (isTest && !isTestPath(path)) return false;
  return !/\.d\.[cm]?ts$/.test(home) || /\.[cm]?tsx?$|\.vue$/.test(path);
}

function describe(
  {
    name,
    kindOfChange,
    file,
    hunk,
    oldLine,
    newLine,
    owner,
  }: Pick<ChangedDefinition, "name" | "file" | "hunk" | "oldLine" | "newLine"> &
    Pick<DanglingReference, "kindOfChange" | "owner">,
  uses: UseLine[],
  citeCommit: (path: string) => string,
): DanglingReference {
  const line = newLine ?? (file.status === "deleted" ? null : nearestNewLine(hunk, oldLine));
  return {
    name,
    kindOfChange,
    ...(owner !== undefined && { owner }),
    removedAt: { path: file.oldPath, startLine: oldLine, endLine: oldLine, side: "LEFT" },
    anchor: line === null ? null : { path: file.path, startLine: line, endLine: line, side: "RIGHT" },
    referenceCount: uses.length,
    references: uses.slice(0, limits.evidencePerFinding).map(({ path, line: at, text, why }) => ({
      kind: "dangling-reference",
      citation: { kind: "code", path, startLine: at, endLine: at, commit: citeCommit(path) },
      score: 1 / uses.length,
      why,
      text,
    })),
  };
}
