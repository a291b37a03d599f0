import type { Engram, EngramView } from "../engram/engram.ts";
import { layChangeOver } from "../engram/lay-change-over.ts";
import type { UnitParser } from "../engram/units/unit-parser.ts";
import type { History } from "../history/history.ts";
import type { PastChanges } from "../history/past-changes.ts";
import type { PastPull } from "../history/past-pulls.ts";
import { isOrdinaryPath, isReleaseFile } from "../retrieval/ordinary-path.ts";
import { readFileAt } from "../shared/git-objects.ts";
import type { Change } from "../workspace/diff.ts";
import { createBusyFiles } from "./busy-files.ts";
import { type ChangedLines, changedLinesOf } from "./changed-lines.ts";

/** What a judgement is made from. */
export interface JudgeSources {
  gitDir: string;
  /** workspace/read-change.ts, or something like it. */
  readChange: (gitDir: string, base: string, head: string, signal?: AbortSignal) => Promise<Change>;
  /** An engram of this commit's tree. Asked for in the order of the bases, so that one engram can follow; closed after use. */
  engramAt: (commit: string) => Promise<Engram>;
  /** The past of a commit, which may be any pull request's base. */
  historyAt: (commit: string) => History;
  /** What past commits did, hunk by hunk; null where it is not kept: nothing is then said to be undone. */
  changes: PastChanges | null;
  units: UnitParser;
  /** Makes the files of these commits' trees readable, where git may lack them. */
  prepare?: (commits: string[]) => Promise<void>;
  signal?: AbortSignal | undefined;
}

/** A past pull request as it was at its first own commit, with what became of it. */
export interface Replay {
  pull: PastPull;
  gitDir: string;
  /** From its base to its first own commit. */
  change: Change;
  /** The tree at its first own commit. */
  view: EngramView;
  /** Of its base: nothing newer is seen. */
  history: History;
  changes: PastChanges | null;
  /** From the final base to its head: what its final state does. */
  final: Change;
  /** What `final` does to each file, by path at the final base. */
  finalLines: ReadonlyMap<string, ChangedLines>;
  /** Files that were as busy as this one and that the first commit left alone; those for which `named` is true are not among them. */
  asBusyAs: (path: string, named: (path: string) => boolean) => string[];
  /** Lines of a file at the final base, or null where there is none. */
  linesAtFinalBase: (path: string) => Promise<string[] | null>;
  /** Text at the base, by the path that the file had then; null where there was none. */
  before: (path: string) => string | null;
  units: UnitParser;
  /** The tree at its head. */
  finalView: () => Promise<EngramView>;
  /** The commit in which the view's text of a path can be cited. */
  citeCommit: (path: string) => string;
  signal: AbortSignal | undefined;
}

/** Lays the first commit over the engram of the base, runs `judge`, and closes the engram. */
export async function replayPull<Result>(
  pull: PastPull,
  sources: JudgeSources,
  judge: (replay: Replay) => Promise<Result>,
): Promise<Result> {
  const { gitDir, readChange, signal } = sources;
  const first = pull.commits[0] ?? pull.head;
  await sources.prepare?.([pull.base, first, pull.finalBase, pull.head]);
  const change = await readChange(gitDir, pull.base, first, signal);
  const final = await readChange(gitDir, pull.finalBase, pull.head, signal);
  const engram = await sources.engramAt(pull.base);
  try {
    const view = await layChangeOver(engram, change, gitDir);
    const history = sources.historyAt(pull.base);
    const inChange = new Set(change.files.flatMap(({ path, oldPath }) => [path, oldPath]));
    const others = view.paths().filter((path) => !inChange.has(path) && isOrdinaryPath(path) && !isReleaseFile(path));
    const busyFiles = createBusyFiles(history, others);
    return await judge({
      pull,
      gitDir,
      change,
      view,
      history,
      changes: sources.changes,
      final,
      finalLines: changedLinesOf(final),
      asBusyAs: (path, named) => busyFiles(path, named),
      linesAtFinalBase: async (path) =>
        (await readFileAt(gitDir, pull.finalBase, path))?.toString("utf8").split("\n") ?? null,
      before: (path) => engram.text(path),
      units: sources.units,
      async finalView() {
        return layChangeOver(engram, await readChange(gitDir, pull.base, pull.head, signal), gitDir);
      },
      citeCommit: (path) => (inChange.has(path) ? first : pull.base),
      signal,
    });
  } finally {
    engram.close();
  }
}
