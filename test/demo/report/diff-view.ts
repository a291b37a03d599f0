import type { DiffLine, FileDiff, Hunk } from "../../../src/workspace/diff.ts";
import type { ReportReviewComment } from "../report-data.ts";
import { html, type Html } from "./html.ts";

/** Lines shown above the commented ones, as on GitHub. */
const CONTEXT_LINES = 3;
/** A comment on a longer range shows its last lines: those the comment stands under. */
const SHOWN_LINES = 24;

/** The lines of the diff that a comment is on, with a few above them; null where the diff does not have them. */
export function diffView(files: FileDiff[], comment: ReportReviewComment): Html | null {
  const hunks = files.find(({ path }) => path === comment.path)?.hunks ?? [];
  for (const hunk of hunks) {
    const last = hunk.lines.findIndex((line) => numberOf(line, comment.side) === comment.line);
    if (last === -1) continue;
    const start = comment.startLine ?? comment.line;
    const first = hunk.lines.findIndex((line) => numberOf(line, comment.side) === start);
    const from = Math.max(0, contextStart(hunk.lines, first), last + 1 - SHOWN_LINES);
    return diffTable(hunk, hunk.lines.slice(from, last + 1), (line) => isCommented(line, comment));
  }
  return null;
}

/** Above new lines stand the old ones that they replace: those are shown whole. */
function contextStart(lines: DiffLine[], first: number): number {
  let start = first;
  while (lines[start - 1]?.kind === "-") start -= 1;
  return Math.min(start, first - CONTEXT_LINES);
}

function diffTable(hunk: Hunk, lines: DiffLine[], commented: (line: DiffLine) => boolean): Html {
  const { oldStart, oldLines, newStart, newLines } = hunk;
  return html`<table class="diff">
    <caption>
      @@ -${oldStart},${oldLines} +${newStart},${newLines} @@
    </caption>
    <tbody>
      ${lines.map((line) => diffRow(line, commented(line)))}
    </tbody>
  </table>`;
}

const rowClass = { "+": "added", "-": "deleted", " ": "same" } as const;

function diffRow(line: DiffLine, commented: boolean): Html {
  return html`<tr class="${rowClass[line.kind]}${commented ? " commented" : ""}">
    <td class="number">${line.oldLine}</td>
    <td class="number">${line.newLine}</td>
    <td class="sign">${line.kind}</td>
    <td class="code">${line.text}</td>
  </tr>`;
}

function isCommented(line: DiffLine, { side, startLine, line: last }: ReportReviewComment): boolean {
  const number = numberOf(line, side);
  return number !== null && number >= (startLine ?? last) && number <= last;
}

function numberOf(line: DiffLine, side: "LEFT" | "RIGHT"): number | null {
  return side === "LEFT" ? line.oldLine : line.newLine;
}
