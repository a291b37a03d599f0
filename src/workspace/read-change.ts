import { parsePatch } from "diff";
import { AssistantError } from "../shared/errors.ts";
import { git, gitText } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import type { Change, DiffLine, FileDiff, FileStatus, Hunk } from "./diff.ts";

/**
 * Where a change begins: the merge base of its head and the branch it goes to, so that what the branch gained meanwhile is
 * not taken for part of the change. Needs no blobs.
 * Errors: AssistantError `no-merge-base`.
 */
export async function findMergeBase(gitDir: string, target: string, head: string): Promise<string> {
  const output = await git(gitDir, ["merge-base", target, head], { okCodes: [0, 1] });
  const base = output.toString("utf8").trim().split("\n")[0] ?? "";
  if (base !== "") return base;
  const shallow = (await gitText(gitDir, ["rev-parse", "--is-shallow-repository"])) === "true";
  throw new AssistantError("the change and its target branch have no commit in common", {
    code: "no-merge-base",
    remedy: shallow
      ? "This is a shallow clone: fetch the missing history with git fetch --unshallow."
      : "Name the commit to compare with: --base REF.",
  });
}

/** Reads the change between two commits from git. GitHub's own API stops at 300 files; git does not. */
export async function readChange(gitDir: string, base: string, head: string, signal?: AbortSignal): Promise<Change> {
  const unread = await filesOverTheLimits(gitDir, base, head, signal);
  const pathspecs = unread.map(({ path }) => `:(exclude,literal)${path}`);
  const args = ["diff-tree", "-r", "-z", "-M", "--no-ext-diff", "--no-textconv", "--no-color", "--full-index"];
  const paths = pathspecs.length > 0 ? ["--", ":/", ...pathspecs] : [];
  const raw = await git(gitDir, [...args, "--raw", "--no-abbrev", base, head, ...paths], { signal });
  const patch = await git(gitDir, [...args, "-p", "-U3", base, head, ...paths], { signal });
  return { base, head, files: assembleFiles(raw.toString("utf8"), patch.toString("utf8")), unread };
}

/** The biggest files of a change that is over the limits as a whole: left out, and named. */
async function filesOverTheLimits(
  gitDir: string,
  base: string,
  head: string,
  signal?: AbortSignal,
): Promise<Change["unread"]> {
  const args = ["diff-tree", "-r", "-z", "--numstat", "--no-renames", base, head];
  const records = (await git(gitDir, args, { signal })).toString("utf8").split("\0").filter(Boolean);
  const files = records.map((record) => {
    const [added = "0", removed = "0", path = ""] = record.split("\t");
    return { path, lines: (Number(added) || 0) + (Number(removed) || 0) }; // "-" for binary files
  });
  files.sort((a, b) => a.lines - b.lines || (a.path < b.path ? -1 : 1));
  const unread: Change["unread"] = [];
  let lines = 0;
  for (const [index, file] of files.entries()) {
    lines += file.lines;
    if (index >= limits.diffFiles) {
      unread.push({ path: file.path, reason: `the change has over ${limits.diffFiles} files` });
    } else if (lines > limits.diffLines) {
      unread.push({ path: file.path, reason: `the change has over ${limits.diffLines} lines` });
    }
  }
  return unread;
}

/** Joins the raw listing (what happened to each file) with the patch (the hunks): git prints both in the same order. */
function assembleFiles(raw: string, patch: string): FileDiff[] {
  const sections = patch.split(/^(?=diff --git )/m).filter((section) => section.startsWith("diff --git "));
  let next = 0;
  return parseRaw(raw).map((entry) => {
    // A file that becomes a link, or the reverse, is printed as a deletion and a creation.
    const count = entry.typeChanged ? 2 : 1;
    const own = sections.slice(next, next + count);
    next += count;
    const { typeChanged: _, ...file } = entry;
    const binary = own.some((section) => /^(Binary files .* differ|GIT binary patch)$/m.test(header(section)));
    return { ...file, binary, hunks: own.flatMap(parseHunks) };
  });
}

function header(section: string): string {
  const end = section.search(/^@@ /m);
  return end < 0 ? section : section.slice(0, end);
}

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
      oldBlob: blobOf(oldMode, oldOid),
      newBlob: blobOf(newMode, newOid),
      typeChanged: letter.startsWith("T"),
    });
    i += renamed ? 3 : 2;
  }
  return entries;
}

function statusOf(letter: string, sameBlob: boolean): FileStatus {
  if (letter.startsWith("A") || letter.startsWith("C")) return "added";
  if (letter.startsWith("D")) return "deleted";
  if (letter.startsWith("R")) return "renamed";
  return sameBlob ? "mode-changed" : "modified";
}

function blobOf(mode: string, oid: string): string | null {
  return mode === "000000" || mode === "160000" ? null : oid;
}

function parseHunks(section: string): Hunk[] {
  const start = section.search(/^@@ /m);
  if (start < 0) return [];
  const [parsed] = parsePatch(`--- a\n+++ b\n${section.slice(start)}`);
  return (parsed?.hunks ?? []).map((hunk) => ({
    oldStart: hunk.oldStart,
    oldLines: hunk.oldLines,
    newStart: hunk.newStart,
    newLines: hunk.newLines,
    lines: numberLines(hunk.lines, hunk.oldStart, hunk.newStart),
  }));
}

function numberLines(lines: string[], oldStart: number, newStart: number): DiffLine[] {
  let oldLine = oldStart;
  let newLine = newStart;
  const numbered: DiffLine[] = [];
  for (const line of lines) {
    const text = line.slice(1);
    if (line.startsWith("+")) numbered.push({ kind: "+", oldLine: null, newLine: newLine++, text });
    else if (line.startsWith("-")) numbered.push({ kind: "-", oldLine: oldLine++, newLine: null, text });
    else if (!line.startsWith("\\")) numbered.push({ kind: " ", oldLine: oldLine++, newLine: newLine++, text });
  }
  return numbered;
}
