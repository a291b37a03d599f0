import { git } from "../../../src/shared/git.ts";
import { askOnce } from "./commits.ts";
import type { Repository, Side } from "./state.ts";

export interface DiffLine {
  kind: " " | "+" | "-" | "\\";
  /** 1-based; null on the side where the line does not exist. */
  oldLine: number | null;
  newLine: number | null;
  /** 1-based line of the patch below its first hunk header: GitHub's `position`. */
  position: number;
  /** As in the patch, with its marker. */
  text: string;
}

export interface Hunk {
  header: string;
  oldStart: number;
  oldLines: number;
  newStart: number;
  newLines: number;
  lines: DiffLine[];
}

export interface DiffFile {
  path: string;
  previousPath: string;
  status: "added" | "removed" | "modified" | "renamed" | "changed";
  /** Blob id of the new side, of the old one for a removed file. */
  blob: string;
  binary: boolean;
  additions: number;
  deletions: number;
  /** From the first `@@` on; empty for binary files and pure renames. */
  patch: string;
  hunks: Hunk[];
}

const options = ["--no-color", "--no-ext-diff", "--no-textconv", "--find-renames"];
/** `--unified` asks for the patch, so it must not stand beside `--raw`. */
const patchOptions = [...options, "--unified=3", "--no-indent-heuristic"];

/** The merge base of two commits, or the first one where they share no history. */
export async function mergeBase(repository: Repository, base: string, head: string): Promise<string> {
  return (await askOnce(repository, ["merge-base", base, head], [0, 1])) || base;
}

/** The files of a pull request as GitHub shows them: from the merge base to `head`. */
export async function pullDiff(repository: Repository, base: string, head: string): Promise<DiffFile[]> {
  return diffBetween(repository, await mergeBase(repository, base, head), head);
}

/** The diff between two commits, remembered. */
export function diffBetween(repository: Repository, from: string, to: string): Promise<DiffFile[]> {
  const key = `${from} ${to}`;
  const known = repository.diffs.get(key) ?? readDiff(repository.gitDir, from, to);
  repository.diffs.set(key, known);
  return known;
}

/** The text of `git diff`, as the diff media type sends it. */
export async function diffText(repository: Repository, from: string, to: string): Promise<string> {
  return (await git(repository.gitDir, ["diff", ...patchOptions, from, to])).toString("utf8");
}

/** The hunk and line of a patch that show `line` of one side, or null where the patch does not show it. */
export function findLine(file: DiffFile, side: Side, line: number): { hunk: Hunk; line: DiffLine } | null {
  for (const hunk of file.hunks) {
    const found = hunk.lines.find((one) => (side === "RIGHT" ? one.newLine : one.oldLine) === line);
    if (found) return { hunk, line: found };
  }
  return null;
}

/** Where a line of the old side stands on the new one; null where the diff takes it away. */
export function mapLine(file: DiffFile, oldLine: number): number | null {
  let shift = 0;
  for (const hunk of file.hunks) {
    if (oldLine < hunk.oldStart) break;
    const inside = hunk.lines.find((line) => line.oldLine === oldLine);
    if (inside) return inside.newLine;
    shift += hunk.newLines - hunk.oldLines;
  }
  return oldLine + shift;
}

async function readDiff(gitDir: string, from: string, to: string): Promise<DiffFile[]> {
  const [raw, text] = await Promise.all([
    git(gitDir, ["diff", "--raw", "-z", "--abbrev=40", ...options, from, to]),
    git(gitDir, ["diff", "--full-index", ...patchOptions, from, to]),
  ]);
  // Not /^/m: that also matches after a carriage return inside a line.
  const sections = text.toString("utf8").split(/(?<=\n)(?=diff --git )/);
  return parseRaw(raw.toString("utf8")).map((entry) => {
    // A change of type (file to symbolic link) is one raw entry, but two sections: removed and added.
    return withPatch(entry, sections.splice(0, entry.letter === "T" ? 2 : 1));
  });
}

interface RawEntry {
  letter: string;
  path: string;
  previousPath: string;
  blob: string;
}

/** Parses `:oldmode newmode oldblob newblob STATUS NUL path NUL [path NUL]`. */
function parseRaw(raw: string): RawEntry[] {
  const fields = raw.split("\0");
  const entries: RawEntry[] = [];
  for (let at = 0; at + 1 < fields.length;) {
    const [, , oldBlob = "", newBlob = "", status = ""] = (fields[at++] ?? "").split(" ");
    const letter = status.charAt(0);
    const previousPath = fields[at++] ?? "";
    const path = letter === "R" || letter === "C" ? (fields[at++] ?? "") : previousPath;
    entries.push({ letter, path, previousPath, blob: letter === "D" ? oldBlob : newBlob });
  }
  return entries;
}

const statusOf: Record<string, DiffFile["status"]> = {
  A: "added",
  D: "removed",
  M: "modified",
  R: "renamed",
  T: "changed",
};

function withPatch(entry: RawEntry, sections: string[]): DiffFile {
  const patch = sections.map(hunksOf).filter(Boolean).join("\n");
  const hunks = parseHunks(patch);
  const lines = hunks.flatMap((hunk) => hunk.lines);
  return {
    path: entry.path,
    previousPath: entry.previousPath,
    status: statusOf[entry.letter] ?? "changed",
    blob: entry.blob,
    binary: patch === "" && sections.some((section) => section.includes("\nBinary files ")),
    additions: lines.filter((line) => line.kind === "+").length,
    deletions: lines.filter((line) => line.kind === "-").length,
    patch,
    hunks,
  };
}

/** A file's section of the diff without what stands above its first hunk. */
function hunksOf(section: string): string {
  const start = section.indexOf("\n@@ ");
  return start < 0 ? "" : section.slice(start + 1).replace(/\n$/, "");
}

function parseHunks(patch: string): Hunk[] {
  const hunks: Hunk[] = [];
  let oldLine = 0;
  let newLine = 0;
  for (const [index, text] of patch.split("\n").entries()) {
    const header = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(text);
    const hunk = hunks.at(-1);
    if (header) {
      oldLine = Number(header[1]);
      newLine = Number(header[3]);
      hunks.push({
        header: text,
        oldStart: oldLine,
        oldLines: Number(header[2] ?? 1),
        newStart: newLine,
        newLines: Number(header[4] ?? 1),
        lines: [],
      });
    } else if (hunk && isMarker(text.charAt(0))) {
      const kind = text.charAt(0) as DiffLine["kind"];
      const inOld = kind === " " || kind === "-";
      const inNew = kind === " " || kind === "+";
      hunk.lines.push({
        kind,
        oldLine: inOld ? oldLine++ : null,
        newLine: inNew ? newLine++ : null,
        position: index,
        text,
      });
    }
  }
  return hunks;
}

function isMarker(character: string): boolean {
  return character === " " || character === "+" || character === "-" || character === "\\";
}
