import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changedLinesOf, isStretchChanged } from "../calibration/changed-lines.ts";
import { isUsable } from "../calibration/judge-pull.ts";
import type { PastPull } from "../history/past-pulls.ts";
import { createSqlitePastPullsStore } from "../history/sqlite-past-pulls-store.ts";
import type { Model } from "../model/model.ts";
import { pool } from "../orchestration/patterns.ts";
import { readPart } from "../qualification/read-part.ts";
import type { RepositoryFindings } from "../qualification/record.ts";
import { AssistantError } from "../shared/errors.ts";
import { GitError } from "../shared/git.ts";
import { limits } from "../shared/limits.ts";
import { cutTiles, type Tile } from "../tasks/review/tiles.ts";
import { findDefaultBranch, localRepository, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";
import { readChange } from "../workspace/read-change.ts";

export interface QualifyOnPullsOptions {
  repo: string;
  /** Pull requests that are read, the newest usable ones. */
  pulls: number;
  /** Probability from which on a remark counts; null: every remark. */
  threshold: number | null;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
}

/** Share of heads that turn out usable: so many more are read. */
const readPerUsable = 6;

/**
 * Lets a model read past pull requests as they were at their first commit. A remark counts as right where the pull request
 * itself changed that line before it ended; beside it stands how many of the very lines that it read were changed, which is
 * what a remark at random would reach.
 */
export async function qualifyOnPulls(model: Model, options: QualifyOnPullsOptions): Promise<RepositoryFindings> {
  const { gitDir } = await openLocalClone(options.repo);
  const { host, owner, name } = await localRepository(gitDir);
  const pulls = await usablePulls(gitDir, options.pulls);
  if (pulls.length === 0) {
    throw new AssistantError("this clone has no past pull requests of more than one commit", {
      code: "no-past-pulls",
      remedy: "Fetch their heads: git fetch origin '+refs/pull/*/head:refs/pull/*/head'.",
    });
  }
  let done = 0;
  const judged: { parts: number; remarks: JudgedRemark[] }[] = [];
  options.onProgress?.(0, pulls.length);
  for (const pull of pulls) {
    const one = await readPull(model, pull, gitDir, options);
    if (one !== null) judged.push(one);
    options.onProgress?.(++done, pulls.length);
  }
  const remarks = judged.flatMap((one) => one.remarks);
  return {
    repository: `${host}/${owner}/${name}`,
    pulls: judged.length,
    parts: judged.reduce((sum, { parts }) => sum + parts, 0),
    remarks: remarks.length,
    right: remarks.filter(({ right }) => right).length,
    chance: remarks.length === 0 ? null : remarks.reduce((sum, { chance }) => sum + chance, 0) / remarks.length,
    when: new Date().toISOString(),
  };
}

async function usablePulls(gitDir: string, count: number): Promise<PastPull[]> {
  const directory = mkdtempSync(join(tmpdir(), "qualify-"));
  const newest = Math.min(limits.pullsRead, count * readPerUsable);
  const store = createSqlitePastPullsStore({ directory, newest });
  try {
    const defaultCommit = await resolveCommit(gitDir, await findDefaultBranch(gitDir));
    const { pulls } = await store.update("qualify", gitDir, defaultCommit);
    return pulls.pulls.filter(isUsable).slice(0, count);
  } finally {
    store.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface JudgedRemark {
  right: boolean;
  /** 0..1: share of the lines of the part that were changed later. */
  chance: number;
}

/** Null where git lacks a file of it. */
async function readPull(
  model: Model,
  pull: PastPull,
  gitDir: string,
  { threshold, signal }: QualifyOnPullsOptions,
): Promise<{ parts: number; remarks: JudgedRemark[] } | null> {
  const first = pull.commits[0] ?? pull.head;
  try {
    const tiles = cutTiles(await readChange(gitDir, pull.base, first, signal)).slice(0, limits.qualifiedParts);
    const later = changedLinesOf(await readChange(gitDir, first, pull.head, signal));
    const readable = tiles.filter(({ lines }) => lines.some(({ newLine }) => newLine !== null));
    const read = async (tile: Tile, _index: number, until: AbortSignal): Promise<JudgedRemark[]> => {
      const { said, lines, probability } = await readPartOf(model, tile, until);
      if (!said || (threshold !== null && (probability ?? 0) < threshold)) return [];
      const changed = later.get(tile.path);
      const isChanged = (at: number): boolean => changed !== undefined && isStretchChanged(changed, at, at);
      const all = tile.lines.flatMap(({ newLine }) => newLine ?? []);
      const chance = all.filter(isChanged).length / all.length;
      // By its first line alone: a remark on many lines must not be right for their number.
      return lines.map(([first = 0]) => ({ right: isChanged(first), chance }));
    };
    const remarks = await pool(readable, read, { slots: model.status().slots, ...(signal && { signal }) });
    return { parts: readable.length, remarks: remarks.flat() };
  } catch (error) {
    if (error instanceof GitError) return null;
    throw error;
  }
}

/** A part that the model has no usable answer to is one that it says nothing about. */
async function readPartOf(model: Model, tile: Tile, signal: AbortSignal): ReturnType<typeof readPart> {
  try {
    return await readPart(model, tile, [], signal);
  } catch (error) {
    const silent = error instanceof AssistantError && ["answer-invalid", "prompt-too-long"].includes(error.code);
    if (!silent) throw error;
    return { said: false, lines: [], probability: null, text: error.message };
  }
}
