import type { EngramView } from "../../engram/engram.ts";
import type { PastPull, PastPulls } from "../../history/past-pulls.ts";
import { editsOf } from "../../retrieval/edits.ts";
import type { Evidence } from "../../retrieval/evidence.ts";
import { reviewOutcomes } from "../../retrieval/review-outcome.ts";
import type { ReviewThread } from "../../retrieval/review-threads.ts";
import { findSimilarCode } from "../../retrieval/similar-code.ts";
import { gitText } from "../../shared/git.ts";
import { limits } from "../../shared/limits.ts";
import { sanitize } from "../../shared/sanitize.ts";
import { materialRule } from "../../tasks/ask/material.ts";
import { tilePrompt } from "../../tasks/review/prompt.ts";
import { cutTiles, type Tile } from "../../tasks/review/tiles.ts";
import type { Change, DiffLine } from "../../workspace/diff.ts";
import { readChange } from "../../workspace/read-change.ts";
import type { DatasetExample, ExampleSource } from "./example.ts";
import { isHandWritten } from "./written-by-people.ts";

export interface ReviewSources {
  gitDir: string;
  pulls: PastPulls;
  /** The tree that a pull request began from. */
  view: EngramView;
  signal: AbortSignal;
}

const task = [
  "You review one part of a change to a program. A line that begins with + is new, one with - is gone, one with a space is as it was.",
  "Say what a reviewer of this repository would: what has to be mended, or which lines shall stand there instead. If nothing has to be, say so.",
  materialRule,
].join("\n");

const nothing = "Nothing here was changed before it was merged.";

/**
 * What became of the parts of a pull request's first commit: the lines that its later commits put in the place of its new
 * ones, and of one that was merged as many parts that stayed as they were, or one.
 * Errors: GitError where git lacks a file; the signal's reason.
 */
export async function laterChangeExamples(pull: PastPull, sources: ReviewSources): Promise<DatasetExample[]> {
  const { gitDir, view, signal } = sources;
  const first = pull.commits[0] ?? pull.head;
  const change = await readChange(gitDir, pull.base, first, signal);
  const later = await readChange(gitDir, first, pull.head, signal);
  const begin = Number(await gitText(gitDir, ["show", "-s", "--format=%ct", first]));
  const written = { ...change, files: change.files.filter(isHandWritten) };
  const tiles = cutTiles(written).slice(0, limits.qualifiedParts).filter(hasNewLines);
  const examples = tiles.map((tile, index): DatasetExample => {
    const answer = laterLines(tile, later);
    const learntFrom = answer === null ? "no later change" : "later change";
    return {
      task: "review",
      id: `review-pull-${pull.number}-${index + 1}`,
      messages: conversation(tile, evidenceFor(tile, view, pull.base), answer ?? nothing),
      group: `pull-${pull.number}`,
      begin,
      end: Math.max(begin, pull.time),
      source: { pull: pull.number, commit: first, path: tile.path, learntFrom },
    };
  });
  const changed = examples.filter(({ source }) => source.learntFrom === "later change");
  const unchanged = examples.filter(({ source }) => source.learntFrom === "no later change");
  return [...changed, ...(pull.mergedAs === null ? [] : unchanged.slice(0, Math.max(1, changed.length)))];
}

/** What people said about lines of a pull request, with the hunk that they said it of. One git process. */
export async function remarkExamples(
  threads: readonly ReviewThread[],
  pull: PastPull | null,
  sources: Omit<ReviewSources, "view"> & { view: EngramView | null },
): Promise<DatasetExample[]> {
  const { gitDir, pulls, view, signal } = sources;
  const comments = threads.map(({ comment }) => comment);
  const outcomes = await reviewOutcomes(gitDir, comments, { pulls, signal });
  return comments.flatMap((comment) => {
    const tile = tileOfHunk(comment.path, comment.hunk);
    const body = sanitize(comment.body).trim();
    const end = Date.parse(comment.createdAt) / 1000;
    if (tile === null || body === "" || Number.isNaN(end)) return [];
    const evidence = view === null || pull === null ? [] : evidenceFor(tile, view, pull.base);
    const outcome = outcomes.get(comment.id) ?? "unknown";
    const source: ExampleSource = {
      pull: comment.pull,
      commit: comment.commit,
      path: comment.path,
      learntFrom: "remark",
      outcome,
    };
    return [
      {
        task: "review",
        id: `review-comment-${comment.id}`,
        messages: conversation(tile, evidence, body),
        group: `pull-${comment.pull}`,
        begin: end,
        end,
        source,
      },
    ];
  });
}

function conversation(tile: Tile, evidence: Evidence[], answer: string): DatasetExample["messages"] {
  const [, asked] = tilePrompt(tile, evidence).messages;
  return [
    { role: "system", content: task },
    { role: "user", content: asked?.content ?? "" },
    { role: "assistant", content: answer },
  ];
}

/** Places elsewhere in the repository that are most like the new lines, as of where the pull request began. */
function evidenceFor(tile: Tile, view: EngramView, commit: string): Evidence[] {
  const text = tile.lines.flatMap(({ kind, text: line }) => (kind === "+" ? [line] : [])).join("\n");
  const filter = (path: string): boolean => path !== tile.path;
  return findSimilarCode(view, { text, k: limits.datasetEvidence, paths: false, filter, citeCommit: () => commit });
}

function hasNewLines({ lines }: Tile): boolean {
  return lines.some(({ kind }) => kind === "+");
}

/** The edits of later commits that take out new lines of the tile; null where there are none but of white space. */
function laterLines(tile: Tile, later: Change): string | null {
  const own = new Set(tile.lines.flatMap(({ kind, newLine }) => (kind === "+" ? (newLine ?? []) : [])));
  const file = later.files.find(({ oldPath }) => oldPath === tile.path);
  const edits = (file?.hunks ?? []).flatMap(editsOf).filter(({ removed, added }) => {
    const hits = removed.some(({ kind, oldLine }) => kind === "-" && oldLine !== null && own.has(oldLine));
    return hits && textOf(removed) !== textOf(added);
  });
  if (edits.length === 0) return null;
  const shown = edits.slice(0, limits.datasetHunks).map(({ removed, added }) => {
    const lines = [...removed.map(({ text }) => `-${text}`), ...added.map(({ text }) => `+${text}`)];
    return `\`\`\`diff\n${lines.join("\n")}\n\`\`\``;
  });
  return `This was changed before it was merged:\n${shown.join("\n")}`;
}

function textOf(lines: readonly DiffLine[]): string {
  return lines.map(({ text }) => text.replace(/\s+/g, "")).join("");
}

/** GitHub's `diff_hunk`, down to the line that was remarked on: its last lines, where it is long. */
function tileOfHunk(path: string, hunk: string): Tile | null {
  const [head = "", ...rest] = hunk.split("\n");
  const [, oldStart, newStart] = /^@@ -(\d+)(?:,\d+)? \+(\d+)/.exec(head) ?? [];
  if (oldStart === undefined || newStart === undefined) return null;
  let [oldLine, newLine] = [Number(oldStart), Number(newStart)];
  const lines = rest.flatMap((text): DiffLine[] => {
    const kind = text.charAt(0);
    if (kind !== " " && kind !== "+" && kind !== "-") return [];
    return [
      {
        kind,
        oldLine: kind === "+" ? null : oldLine++,
        newLine: kind === "-" ? null : newLine++,
        text: text.slice(1),
      },
    ];
  });
  const shown = lines.slice(-limits.tileLines);
  const changed = shown.filter(({ kind }) => kind !== " ").length;
  return shown.length === 0 ? null : { path, lines: shown, changed };
}
