import { isRecorded } from "../retrieval/past-tasks.ts";
import { type Edit, type MergedChange, type MergedFile, withoutEdit } from "./merged-changes.ts";
import type { Planted, PlantedKind } from "./planted.ts";

/** Reads texts and names of a repository's commits. */
export interface PlantSources {
  /** Null where there is no such file, or it is no text. */
  textAt(commit: string, path: string): Promise<string | null>;
  /** Whether a word stands in any code file of the commit's tree. */
  standsIn(commit: string, word: string): Promise<boolean>;
}

/** So many of each kind, where the history has them; at most one of a kind from each change. */
export async function plantDefects(
  merged: readonly MergedChange[],
  sources: PlantSources,
  each: number,
): Promise<Planted[]> {
  const changes = merged.filter(({ subject }) => !isRelease(subject));
  const makers: Record<PlantedKind, (change: MergedChange, index: number) => Promise<Planted | null>> = {
    near_copy: (change) => leaveOneCopy(change, sources),
    dangling: (change) => keepOneUse(change, sources),
    companion: (change, index) => forgetOneFile(change, changes.slice(index + 1), sources),
    undone: (change, index) => takeBackAFix(change, changes.slice(index + 1), sources),
  };
  const planted: Planted[] = [];
  for (const [kind, make] of Object.entries(makers)) {
    let made = 0;
    const step = kind === "undone" ? Math.max(1, Math.floor(changes.length / (each * 4))) : 1;
    for (let index = 0; index < changes.length && made < each; index += step) {
      const change = changes[index];
      const one = change ? await make(change, index) : null;
      if (one === null) continue;
      planted.push(one);
      made++;
    }
  }
  return planted;
}

/** A release changes a version number in several files: nobody reviews that. */
function isRelease(subject: string): boolean {
  return /^(?:bump(?:ed)?\b|release\b|v?\d+\.\d+|(?:chore|build)\((?:release|deps))/i.test(subject);
}

/** The same words were put for the same words at several places of the change: at one of them they are not. */
async function leaveOneCopy(change: MergedChange, sources: PlantSources): Promise<Planted | null> {
  const groups = new Map<string, { file: MergedFile; edit: Edit }[]>();
  for (const file of codeFiles(change)) {
    for (const edit of file.edits) {
      const replaced = replacementOf(edit);
      if (replaced !== null) groups.set(replaced, [...(groups.get(replaced) ?? []), { file, edit }]);
    }
  }
  for (const group of groups.values()) {
    const left = group.at(-1);
    if (group.length < 2 || left === undefined) continue;
    const planted = await leaveOut(change, left.file, left.edit, "near_copy", sources);
    if (planted !== null) return planted;
  }
  return null;
}

const wordsLeast = 3;
const linesOfOneEdit = 30;

/** Which words were put for which, what both sides begin and end with left out; null where that is little, or a whole rewrite. */
function replacementOf({ removed, added }: Edit): string | null {
  const [before, after] = [wordsOf(removed), wordsOf(added)];
  if (before.length < wordsLeast || after.length === 0 || removed.length + added.length > linesOfOneEdit) return null;
  const start = commonStart(before, after);
  const end = commonStart(before.slice(start).toReversed(), after.slice(start).toReversed());
  const gone = before.slice(start, before.length - end);
  return gone.length === 0 ? null : JSON.stringify([gone, after.slice(start, after.length - end)]);
}

/** How many words both begin with. */
function commonStart(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((word, index) => word !== b[index]);
  return differs < 0 ? a.length : differs;
}

/** A name that the change takes away everywhere: one of its uses is left as it was. */
async function keepOneUse(change: MergedChange, sources: PlantSources): Promise<Planted | null> {
  const files = codeFiles(change);
  const edits = files.flatMap((file) => file.edits.map((edit) => ({ file, edit })));
  const added = new Set(change.files.flatMap((file) => file.edits.flatMap((edit) => wordsOf(edit.added))));
  const defined = change.files.flatMap((file) => file.edits.flatMap((edit) => edit.removed.flatMap(definedNames)));
  for (const name of new Set(defined)) {
    if (added.has(name) || (await sources.standsIn(change.commit, name))) continue;
    const users = edits.filter(({ edit }) => {
      const lines = edit.removed.filter((line) => wordsOf([line]).includes(name));
      return lines.length > 0 && !lines.some((line) => definedNames(line).includes(name)) && edit.removed.length < 200;
    });
    for (const { file, edit } of users) {
      const planted = await leaveOut(change, file, edit, "dangling", sources);
      if (planted !== null) return { ...planted, name };
    }
  }
  return null;
}

/** Functions and types that a line of the usual languages declares; values are left out, most of them are local. */
function definedNames(line: string): string[] {
  const declared =
    /(?:^|\s)(?:function\*?|def|class|interface|type|enum|struct|trait|fn|func(?:\s+\([^)]*\))?)\s+([A-Za-z_$][\w$]{3,})/g;
  return Array.from(line.matchAll(declared), ([, name]) => name ?? "");
}

const togetherLeast = 3;
const companionFilesMost = 8;

/** A file that earlier changes of the default branch changed together with another one of this change is left as it was. */
async function forgetOneFile(
  change: MergedChange,
  earlier: readonly MergedChange[],
  sources: PlantSources,
): Promise<Planted | null> {
  const files = change.files.filter(({ path, status }) => status === "modified" && !isRecorded(path));
  if (files.length < 2 || change.files.length > companionFilesMost) return null;
  for (const { path } of files) {
    const together = earlier.filter((past) => {
      const paths = past.files.map((file) => file.path);
      return paths.includes(path) && files.some((other) => other.path !== path && paths.includes(other.path));
    });
    if (together.length < togetherLeast) continue;
    const before = await sources.textAt(change.parent, path);
    if (before === null) continue;
    const place = { path, startLine: 1, endLine: before.split("\n").length };
    return { kind: "companion", commit: change.commit, parent: change.parent, files: new Map([[path, before]]), place };
  }
  return null;
}

const fixesTried = 60;
const fixEditLines = 40;

/** One edit of an earlier fix, in a file that this change leaves alone, is taken back along with it. */
async function takeBackAFix(
  change: MergedChange,
  earlier: readonly MergedChange[],
  sources: PlantSources,
): Promise<Planted | null> {
  const own = new Set(change.files.map(({ path }) => path));
  const fixes = earlier.filter(({ subject }) => /\b(?:bug|fix(?:e[sd])?)\b/i.test(subject)).slice(0, fixesTried);
  for (const fix of fixes) {
    for (const file of codeFiles(fix).filter(({ path }) => !own.has(path))) {
      for (const edit of file.edits.filter(isWhole)) {
        const text = await sources.textAt(change.commit, file.path);
        const at = text === null ? null : onlyPlace(text, edit.added);
        if (text === null || at === null) continue;
        const back = withoutEdit(text, { ...edit, newStart: at });
        if (back === null) continue;
        return {
          kind: "undone",
          commit: change.commit,
          parent: change.parent,
          files: new Map([[file.path, back]]),
          place: { path: file.path, startLine: at, endLine: at + edit.removed.length - 1 },
          undoes: fix.commit,
        };
      }
    }
  }
  return null;
}

function isWhole({ removed, added }: Edit): boolean {
  const enough = (lines: string[]): boolean => wordsOf(lines).length >= wordsLeast;
  return enough(removed) && enough(added) && removed.length + added.length <= fixEditLines;
}

/** The only line at which these lines stand; null where there is none or more than one. */
function onlyPlace(text: string, wanted: readonly string[]): number | null {
  const lines = text.split("\n");
  const places = lines.flatMap((_, at) => (wanted.every((line, index) => lines[at + index] === line) ? [at + 1] : []));
  return places.length === 1 ? (places[0] ?? null) : null;
}

/** The change without one of its edits. */
async function leaveOut(
  { commit, parent }: MergedChange,
  { path }: MergedFile,
  edit: Edit,
  kind: PlantedKind,
  sources: PlantSources,
): Promise<Planted | null> {
  const text = await sources.textAt(commit, path);
  const left = text === null ? null : withoutEdit(text, edit);
  if (left === null) return null;
  const startLine = edit.added.length === 0 ? edit.newStart + 1 : edit.newStart;
  const place = { path, startLine, endLine: startLine + edit.removed.length - 1 };
  return { kind, commit, parent, files: new Map([[path, left]]), place };
}

function codeFiles(change: MergedChange): MergedFile[] {
  return change.files.filter(({ path, status }) => status === "modified" && isCode(path));
}

const codeEndings = /\.(?:[cm]?[jt]sx?|py|go|rb|java|kt|rs|c|cc|cpp|h|hpp|cs|php|swift|scala|dart|sol|vue|sh|ps1)$/;

export function isCode(path: string): boolean {
  return codeEndings.test(path) && !/(?:^|\/)(?:dist|vendor|node_modules)\//.test(path);
}

function wordsOf(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.match(/[A-Za-z_$][\w$]*|\d+/g) ?? []);
}
