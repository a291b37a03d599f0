import type { HunkLines } from "../history/past-changes.ts";
import type { TrackedReviewComment } from "../tracker/tracker.ts";

/** A comment is about its lines and what leads to them, not about a whole new file above. */
const LINES_BEFORE = 5;
const LINES_MOST = 20;

/** The changed lines that a comment is about, by GitHub's `diff_hunk`, which ends at the commented line. */
export function commentedLines({ path, hunk, startLine, line }: TrackedReviewComment): HunkLines {
  const lines = hunk
    .split("\n")
    .slice(1)
    .map((text) => text.replace(/\r$/, ""));
  const marked = lines.filter((text) => /^[-+ ]/.test(text));
  const length = startLine === null || line === null ? 1 : Math.max(1, line - startLine + 1);
  const shown = marked.slice(-Math.min(LINES_MOST, length + LINES_BEFORE));
  const withMark = (mark: string): string[] => shown.filter((text) => text[0] === mark).map((text) => text.slice(1));
  const [removed, added] = [withMark("-"), withMark("+")];
  // Unchanged lines were commented on: then they are what it is about.
  return { path, removed, added: removed.length + added.length > 0 ? added : withMark(" ") };
}
