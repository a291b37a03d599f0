import { AssistantError } from "../shared/errors.ts";
import type { DiffLine, FileDiff, FileStatus, Hunk } from "./diff.ts";

/**
 * Joins git's raw listing (`diff-tree --raw -z --no-abbrev`: what happened to each file) with its patch (the hunks): git
 * prints both in the same order. Lines end with LF alone: other line ends may stand in names and in the code.
 * Errors: AssistantError `diff-unlike` where the two do not go together.
 */
export function parseDiff(raw: string, patch: string): FileDiff[] {
  const sections = patch.split(/(?:^|(?<=\n))(?=diff --git )/).filter((section) => section.startsWith("diff --git "));
  let next = 0;
  const files = parseRaw(raw).map(({ typeChanged, ...file }) => {
    // A file that becomes a link, or the reverse, is printed as a deletion and a creation.
    const count = typeChanged ? 2 : 1;
    const own = sections.slice(next, next + count).map(splitSection);
    next += count;
    const hunks = file.submodule ? [] : own.flatMap(({ hunks: text }) => parseHunks(text));
    return { ...file, binary: own.some(({ header }) => BINARY.test(header)), hunks };
  });
  // Hunks of one file under the name of another would be worse than no review.
  if (next !== sections.length) throw unlike(`git listed ${next} patches and printed ${sections.length}`);
  return files;
}

const BINARY = /(?:^|\n)(?:Binary files [^\n]* differ|GIT binary patch)(?:\n|$)/;

interface RawEntry extends Omit<FileDiff, "binary" | "hunks"> {
  typeChanged: boolean;
}

/** `:100644 100644 BLOB BLOB M\0path\0`, with two paths for renames. */
function parseRaw(raw: string): RawEntry[] {
  const fields = raw.split("\0");
  const entries: RawEntry[] = [];
  for (let i = 0; i + 1 < fields.length;) {
    const [oldMode = "", newMode = "", oldOid = "", newOid = "", letter = ""] = (fields[i] ?? "").slice(1).split(" ");
    const renamed = letter.startsWith("R") || letter.startsWith("C");
    const oldPath = fields[i + 1] ?? "";
    const path = renamed ? (fields[i + 2] ?? "") : oldPath;
    entries.push({
      path,
      oldPath,
      status: statusOf(letter, oldOid === newOid),
      oldBlob: isFile(oldMode) ? oldOid : null,
      newBlob: isFile(newMode) ? newOid : null,
      typeChanged: letter.startsWith("T"),
      ...([oldMode, newMode].includes(LINK) && { link: true }),
      ...([oldMode, newMode].includes(SUBMODULE) && {
        submodule: { before: oldMode === SUBMODULE ? oldOid : null, after: newMode === SUBMODULE ? newOid : null },
      }),
    });
    i += renamed ? 3 : 2;
  }
  return entries;
}

const LINK = "120000";
const SUBMODULE = "160000";

function isFile(mode: string): boolean {
  return mode.startsWith("100");
}

function statusOf(letter: string, sameBlob: boolean): FileStatus {
  if (letter.startsWith("A") || letter.startsWith("C")) return "added";
  if (letter.startsWith("D")) return "deleted";
  if (letter.startsWith("R")) return "renamed";
  return sameBlob ? "mode-changed" : "modified";
}

function splitSection(section: string): { header: string; hunks: string } {
  const at = section.indexOf("\n@@ ");
  return at < 0 ? { header: section, hunks: "" } : { header: section.slice(0, at + 1), hunks: section.slice(at + 1) };
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

function parseHunks(text: string): Hunk[] {
  const lines = text.split("\n");
  const hunks: Hunk[] = [];
  for (let at = 0; at < lines.length; at++) {
    const [found, oldStart, oldLines = "1", newStart, newLines = "1"] = HUNK.exec(lines[at] ?? "") ?? [];
    if (found === undefined) continue;
    const hunk: Hunk = {
      // Of a side without lines git names the line before it.
      oldStart: Number(oldStart) + (oldLines === "0" ? 1 : 0),
      oldLines: Number(oldLines),
      newStart: Number(newStart) + (newLines === "0" ? 1 : 0),
      newLines: Number(newLines),
      lines: [],
    };
    at = readHunk(hunk, lines, at);
    hunks.push(hunk);
  }
  return hunks;
}

/** Reads as many lines as the hunk's own counts say, so that no content is taken for the next header; returns the last's index. */
function readHunk(hunk: Hunk, lines: string[], header: number): number {
  let oldLine = hunk.oldStart;
  let newLine = hunk.newStart;
  const oldEnd = oldLine + hunk.oldLines;
  const newEnd = newLine + hunk.newLines;
  let at = header;
  while (oldLine < oldEnd || newLine < newEnd) {
    const line = lines[++at];
    if (line === undefined) throw unlike("git's patch ends inside a hunk");
    if (line.startsWith("\\")) continue; // "\ No newline at end of file"
    hunk.lines.push(numbered(line));
  }
  return at;

  function numbered(line: string): DiffLine {
    const text = line.slice(1);
    if (line.startsWith("+")) return { kind: "+", oldLine: null, newLine: newLine++, text };
    if (line.startsWith("-")) return { kind: "-", oldLine: oldLine++, newLine: null, text };
    return { kind: " ", oldLine: oldLine++, newLine: newLine++, text };
  }
}

function unlike(what: string): AssistantError {
  return new AssistantError(`the diff cannot be read: ${what}`, {
    code: "diff-unlike",
    remedy: "Look at it with git diff-tree; update git where that prints the same.",
  });
}
