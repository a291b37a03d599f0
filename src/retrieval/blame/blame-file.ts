import type { History } from "../../history/history.ts";
import type { PastChanges } from "../../history/past-changes.ts";
import { addSpot, nextSpot, openWalk, type Walk } from "./blame-walk.ts";
import { stepBack } from "./blame-step.ts";
import { createVersionReader, type VersionReader } from "./file-versions.ts";
import { type KeptHunks, noHunks, openKeptHunks } from "./kept-hunks.ts";

export interface BlameQuestion {
  gitDir: string;
  history: History;
  /** Says where commits did something, so that fewer versions have to be read. */
  changes?: PastChanges | undefined;
  /** One of the history's commits. */
  commit: string;
  path: string;
  /** 1-based. */
  lines: readonly number[];
  signal?: AbortSignal | undefined;
}

/**
 * How many of these lines each commit last wrote, white space aside, as `git blame -w` tells it, from what is kept: the
 * history knows the commits that changed the file, and past hunks say which of them touched the lines. Only the versions of
 * those are read and compared; git has to walk and unpack all commits to find them. Where equal lines could be told to be
 * one or the other, git may choose otherwise.
 *
 * Errors: GitError where a partial clone lacks a version; the signal's reason.
 */
export async function blameFile(question: BlameQuestion): Promise<Blame> {
  const { gitDir, signal, changes, commit, path, lines } = question;
  const reader = createVersionReader(gitDir, signal);
  const blame =
    (changes?.hunksOf && (await walkBack(question, reader, openKeptHunks(changes)))) ??
    (await walkBack(question, reader, noHunks));
  return blame ?? { told: new Map(), rest: [{ commit, path, lines: [...lines] }] };
}

export interface Blame {
  /** Lines by commit. */
  told: Map<string, number>;
  /** What the history does not reach: lines, 1-based, of a file in a commit, of which git has to be asked. */
  rest: { commit: string; path: string; lines: number[] }[];
}

/** Null where nothing can be said: a line is another one than hunks say, since some were too large to be kept. */
async function walkBack(question: BlameQuestion, reader: VersionReader, hunks: KeptHunks): Promise<Blame | null> {
  const { gitDir, history, commit, path, signal } = question;
  const start = history.positionOf(commit);
  const asked = await reader.read(`${commit}:${path}`);
  if (start === null || asked === null) return null;
  const walk = openWalk({ gitDir, history, path, reader, hunks, signal });
  const first = walk.graph.nearest(start);
  if (first < 0 || (await reader.oidOf(history.commits[first]?.commit ?? "", path)) !== asked.oid) return null;
  const places = question.lines.map((line) => line - 1).filter((line) => line < asked.lines.length);
  addSpot(walk, {
    position: first,
    path,
    lines: places.map((place) => ({ place, text: asked.lines[place] as number })),
  });
  return (await isToTheEnd(walk)) ? { told: walk.told, rest: walk.rest } : null;
}

async function isToTheEnd(walk: Walk): Promise<boolean> {
  for (let spot = nextSpot(walk); spot !== null; spot = nextSpot(walk)) {
    const step = await stepBack(walk, spot);
    if (step === "misled") return false;
    if (step === "unknown") {
      const lines = spot.lines.map(({ place }) => place + 1).sort((a, b) => a - b);
      walk.rest.push({ commit: walk.history.commits[spot.position]?.commit ?? "", path: spot.path, lines });
    }
  }
  return true;
}
