import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isUsable } from "../calibration/judge-pull.ts";
import type { PastPull } from "../history/past-pulls.ts";
import { createSqlitePastPullsStore } from "../history/sqlite-past-pulls-store.ts";
import type { Model } from "../model/model.ts";
import { pool } from "../orchestration/patterns.ts";
import { readPart } from "../qualification/read-part.ts";
import type { RepositoryFindings } from "../qualification/record.ts";
import { AssistantError } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import type { Tile } from "../tasks/review/tiles.ts";
import { meanChance, readPastPull, type ReadPull, type Said } from "../handlers/read-past-pulls.ts";
import { findDefaultBranch, localRepository, openLocalClone, resolveCommit } from "../workspace/local-clone.ts";

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
  const judged: ReadPull[] = [];
  options.onProgress?.(0, pulls.length);
  for (const pull of pulls) {
    const one = await readPastPull(pull, gitDir, (tiles) => remarksOn(model, tiles, options), options.signal);
    if (one !== null) judged.push(one);
    options.onProgress?.(++done, pulls.length);
  }
  const remarks = judged.flatMap(({ said }) => said);
  return {
    repository: `${host}/${owner}/${name}`,
    pulls: judged.length,
    parts: judged.reduce((sum, { parts }) => sum + parts, 0),
    remarks: remarks.length,
    right: remarks.filter(({ right }) => right).length,
    chance: meanChance(remarks),
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

/** Remarks from the threshold on, each at its first line. */
async function remarksOn(model: Model, tiles: Tile[], { threshold, signal }: QualifyOnPullsOptions): Promise<Said[]> {
  const read = async (tile: Tile, _index: number, until: AbortSignal): Promise<Said[]> => {
    const { said, lines, probability, text } = await readPartOf(model, tile, until);
    if (!said || (threshold !== null && (probability ?? 0) < threshold)) return [];
    return lines.flatMap(([line]) => (line === undefined ? [] : [{ path: tile.path, line, text }]));
  };
  const remarks = await pool(tiles, read, { slots: model.status().slots, ...(signal && { signal }) });
  return remarks.flat();
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
