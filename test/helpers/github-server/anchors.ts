import { diffBetween, type DiffFile, findLine, type Hunk, mapLine, mergeBase, pullDiff } from "./diff.ts";
import { type FieldProblem, ReviewRefused } from "./errors.ts";
import type { CommentAnchor, Pull, Repository, ReviewComment, Side } from "./state.ts";

/** The place a client asks for, as the API's fields name it. */
export interface AskedAnchor {
  path: string;
  line?: number;
  side?: Side;
  start_line?: number;
  start_side?: Side;
  position?: number;
  subject_type?: "line" | "file";
}

export interface PlacedComment {
  anchor: CommentAnchor;
  diffHunk: string;
}

/**
 * Finds the place of a comment in the diff of a pull request at a commit.
 * Errors: ReviewRefused in GitHub's words, which do not say which comment of a review they are about.
 */
export function placeComment(files: DiffFile[], asked: AskedAnchor): PlacedComment {
  const file = files.find((one) => one.path === asked.path);
  if (!file) throw new ReviewRefused(invalid("path"), noHunk);
  if (asked.subject_type === "file") return { anchor: fileAnchor(asked.path), diffHunk: "" };

  const { line, side, startLine, startSide } = linesAsked(file, asked);
  if (line === undefined && asked.position !== undefined) throw new ReviewRefused(invalid("position"), noHunk);
  const end = line === undefined ? null : findLine(file, side, line);
  const start = startLine === undefined ? null : findLine(file, startSide, startLine);
  const problems: FieldProblem[] = [];
  if (!end) problems.push(wrong("line", "must be part of the diff"));
  if (startLine !== undefined && (!end || start?.hunk !== end.hunk)) {
    problems.push(wrong("start_line", "must be part of the same hunk as the line."));
  }
  if (!end || line === undefined) throw new ReviewRefused(...problems, noHunk);
  if (start && start.line.position >= end.line.position) {
    problems.unshift(wrong("start_line", "must precede the end line."));
  }
  if (problems.length > 0) throw new ReviewRefused(...problems);
  return {
    anchor: {
      path: asked.path,
      subject: "line",
      side,
      line,
      startSide: startLine === undefined ? null : startSide,
      startLine: startLine ?? null,
      position: end.line.position,
    },
    diffHunk: hunkUpTo(end.hunk, end.line.position),
  };
}

/**
 * Moves a pull request's comments along with its head: a comment keeps its line where that line still stands, unchanged,
 * in the new diff; otherwise it is outdated, with neither line nor position.
 */
export async function followHead(repository: Repository, pull: Pull): Promise<void> {
  const { baseSha, headSha } = pull.pull;
  const files = await pullDiff(repository, baseSha, headSha);
  const base = await mergeBase(repository, baseSha, headSha);
  for (const comment of repository.reviewComments.filter((one) => one.pull === pull.number)) {
    if (comment.original.subject === "file") continue;
    const originalBase = await mergeBase(repository, baseSha, comment.originalCommitId);
    const right = await diffBetween(repository, comment.originalCommitId, headSha);
    const left = await diffBetween(repository, originalBase, base);
    const moved = movedAnchor(comment, files, { RIGHT: right, LEFT: left });
    comment.current = moved ?? { ...comment.original, line: null, startLine: null, position: null };
    if (moved) comment.commitId = headSha;
  }
}

function movedAnchor(
  comment: ReviewComment,
  files: DiffFile[],
  changes: Record<Side, DiffFile[]>,
): CommentAnchor | null {
  const { path, side, line, startLine } = comment.original;
  const startSide = comment.original.startSide ?? side;
  const file = files.find((one) => one.path === path);
  if (!file || line === null) return null;
  const mapped = (side: Side, line: number) => {
    const change = changes[side].find((one) => one.previousPath === path);
    return change ? mapLine(change, line) : line;
  };
  const newLine = mapped(side, line);
  const newStart = startLine === null ? null : mapped(startSide, startLine);
  const end = newLine === null ? null : findLine(file, side, newLine);
  if (!end || newLine === null || (startLine !== null && newStart === null)) return null;
  if (startLine !== null && startSide === side) {
    // One changed line inside the range outdates the whole range.
    for (let back = 1; back <= line - startLine; back++) {
      if (mapped(side, line - back) !== newLine - back) return null;
    }
  }
  return { ...comment.original, line: newLine, startLine: newStart, position: end.line.position };
}

function linesAsked(file: DiffFile, asked: AskedAnchor) {
  const side = asked.side ?? "RIGHT";
  if (asked.line === undefined && asked.position !== undefined) {
    const found = file.hunks.flatMap((hunk) => hunk.lines).find((line) => line.position === asked.position);
    const onLeft = found?.kind === "-";
    return {
      line: (onLeft ? found.oldLine : found?.newLine) ?? undefined,
      side: onLeft ? ("LEFT" as const) : ("RIGHT" as const),
      startLine: undefined,
      startSide: side,
    };
  }
  return { line: asked.line, side, startLine: asked.start_line, startSide: asked.start_side ?? side };
}

function fileAnchor(path: string): CommentAnchor {
  return { path, subject: "file", side: "RIGHT", line: null, startSide: null, startLine: null, position: null };
}

/** The `diff_hunk` of a comment: its hunk, up to the line commented on. */
function hunkUpTo(hunk: Hunk, position: number): string {
  return [hunk.header, ...hunk.lines.filter((line) => line.position <= position).map((line) => line.text)].join("\n");
}

function wrong(field: string, message: string): FieldProblem {
  return { field: `pull_request_review_thread.${field}`, message };
}

function invalid(field: string): FieldProblem {
  return { ...wrong(field, "is invalid"), code: "invalid" };
}

/** Follows on every anchor off the diff: there is no hunk to show above the comment. */
const noHunk: FieldProblem = { ...wrong("diff_hunk", "can't be blank"), code: "missing_field" };
