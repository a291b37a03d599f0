import type { HunkLines } from "../history/past-changes.ts";
import type { Change, DiffLine, FileDiff, Hunk } from "../workspace/diff.ts";
import { bagOf, isTelling, type LineBag, linesBeyond, plainLine } from "./line-bag.ts";

/** Changed lines that stand together, as git has them in a hunk without context. */
export interface ChangedRun {
  file: FileDiff;
  hunk: Hunk;
  lines: DiffLine[];
  /** As they are looked for in the past: by the old name of the file. */
  query: HunkLines;
  /** What is left of them without the lines that stand on both sides or only move to or from another place of the change. */
  removed: LineBag;
  added: LineBag;
  /** Up to three unchanged lines on either side that say anything. */
  around: ReadonlySet<string>;
}

/** The runs of these files of a change. */
export function changedRuns(change: Change, wanted: (file: FileDiff) => boolean): ChangedRun[] {
  const all = change.files.flatMap(({ hunks }) => hunks.flatMap(({ lines }) => lines));
  const [removedAnywhere, addedAnywhere] = [bagOf(textsOf(all, "-")), bagOf(textsOf(all, "+"))];
  return change.files.filter(wanted).flatMap((file) =>
    file.hunks.flatMap((hunk) =>
      runsOf(hunk).map(([first, end]): ChangedRun => {
        const lines = hunk.lines.slice(first, end);
        const [removed, added] = [textsOf(lines, "-"), textsOf(lines, "+")];
        const [removedBag, addedBag] = [bagOf(removed), bagOf(added)];
        return {
          file,
          hunk,
          lines,
          query: { path: file.oldPath, removed, added },
          removed: withoutMoved(linesBeyond(removedBag, addedBag), addedAnywhere),
          added: withoutMoved(linesBeyond(addedBag, removedBag), removedAnywhere),
          around: around(hunk, first, end),
        };
      }),
    ),
  );
}

function runsOf({ lines }: Hunk): [first: number, end: number][] {
  const runs: [number, number][] = [];
  for (const [index, { kind }] of lines.entries()) {
    if (kind === " ") continue;
    const last = runs.at(-1);
    if (last?.[1] === index) last[1]++;
    else runs.push([index, index + 1]);
  }
  return runs;
}

function textsOf(lines: readonly DiffLine[], wanted: DiffLine["kind"]): string[] {
  return lines.flatMap(({ kind, text }) => (kind === wanted ? [text] : []));
}

/** A brace that goes here and comes there has not moved: only lines that say something can. */
function withoutMoved(bag: LineBag, elsewhere: LineBag): LineBag {
  return new Map([...bag].filter(([line]) => !isTelling(line) || !elsewhere.has(line)));
}

function around({ lines }: Hunk, first: number, end: number): Set<string> {
  const unchanged = (some: readonly DiffLine[]) => some.filter(({ kind }) => kind === " ");
  const near = [...unchanged(lines.slice(0, first)).slice(-3), ...unchanged(lines.slice(end)).slice(0, 3)];
  return new Set(near.map(({ text }) => plainLine(text)).filter(isTelling));
}
