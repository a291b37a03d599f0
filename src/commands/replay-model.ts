import { findSyntaxErrors } from "../api/check-syntax.ts";
import type { PastPull } from "../history/past-pulls.ts";
import { decide } from "../model/decide.ts";
import type { Model, ModelProvider } from "../model/model.ts";
import { keepResolving } from "../retrieval/citation.ts";
import { readBlobs } from "../shared/git-objects.ts";
import { readTiles } from "../tasks/review/read-tiles.ts";
import type { Tile } from "../tasks/review/tiles.ts";
import type { Change } from "../workspace/diff.ts";
import { counted } from "./format.ts";
import { type JudgedSaying, meanChance, readPastPull, type Said } from "./read-past-pulls.ts";

/** What a model would have said of past pull requests at their first commit. */
export interface ModelReplay {
  model: string;
  /** Whether it may publish its findings at all, and if not, why. */
  qualified: { allowed: boolean; reason: string };
  /** Pull requests that were read, and parts of them. */
  pulls: number;
  parts: number;
  /** Parts that it gave no usable answer to. */
  unread: number;
  findings: JudgedSaying[];
  right: number;
  /** Mean chance of the lines that were read with each; null where it found nothing. */
  chance: number | null;
  /** What it said and the checks kept back, by reason. */
  withheld: Record<string, number>;
}

export interface ReplayModelOptions {
  gitDir: string;
  /** The newest are read first. */
  pulls: readonly PastPull[];
  signal: AbortSignal;
  onRead: (done: number, total: number) => void;
}

/**
 * Lets a model read past pull requests with all the checks of a review, and judges what it would publish by what became of them. It is
 * heard as if it had qualified: whether it has is told beside.
 */
export async function replayModel(
  model: Model,
  models: ModelProvider,
  { gitDir, pulls, signal, onRead }: ReplayModelOptions,
): Promise<ModelReplay> {
  const heard: ModelProvider = {
    ...models,
    qualified: (identity, ability) => ({ ...models.qualified(identity, ability), allowed: true }),
  };
  const findings: JudgedSaying[] = [];
  const withheld: Record<string, number> = {};
  let [read, parts, unread] = [0, 0, 0];
  for (const [done, pull] of pulls.entries()) {
    onRead(done, pulls.length);
    const one = await readPastPull(
      pull,
      gitDir,
      async (tiles, change) => {
        const reading = await readPast(tiles, change, { model, models: heard, gitDir, signal });
        unread += reading.unread.length;
        for (const { reason } of reading.withheld) withheld[reason] = (withheld[reason] ?? 0) + 1;
        return reading.findings.flatMap(({ anchor, title }): Said[] =>
          anchor === null ? [] : [{ path: anchor.path, line: anchor.startLine, text: title }],
        );
      },
      signal,
    );
    if (one === null) continue;
    read++;
    parts += one.parts;
    findings.push(...one.said);
  }
  const review = models.qualified(model.identity, "review");
  return {
    model: model.identity.name,
    qualified: { allowed: review.allowed, reason: review.reason },
    pulls: read,
    parts,
    unread,
    findings,
    right: findings.filter(({ right }) => right).length,
    chance: meanChance(findings),
    withheld,
  };
}

interface Reader {
  model: Model;
  models: ModelProvider;
  gitDir: string;
  signal: AbortSignal;
}

async function readPast(tiles: Tile[], change: Change, { model, models, gitDir, signal }: Reader) {
  const texts = await newTexts(gitDir, change);
  return readTiles(tiles, {
    model,
    models,
    head: change.head,
    // What code finds is judged by itself.
    findings: [],
    evidenceFor: () => [],
    tools: {
      decide,
      findSyntaxErrors,
      text: (path) => texts.get(path) ?? null,
      keepResolving: (evidence) => keepResolving(gitDir, evidence, { signal }),
    },
    deadline: Infinity,
    priority: "background",
    signal,
  });
}

async function newTexts(gitDir: string, { files }: Change): Promise<Map<string, string>> {
  const readable = files.filter(({ newBlob, binary, submodule }) => newBlob !== null && !binary && !submodule);
  const texts = new Map<string, string>();
  let next = 0;
  for await (const { data } of readBlobs(
    gitDir,
    readable.map(({ newBlob }) => newBlob ?? ""),
  )) {
    texts.set(readable[next++]?.path ?? "", data.toString("utf8"));
  }
  return texts;
}

/** For a terminal and for the page: one clause a row. */
export function inWords({ model, qualified, pulls, parts, unread, findings, right, chance }: ModelReplay): string {
  const read = `${model} read ${counted(parts, "part")} of ${counted(pulls, "pull request")}${unread > 0 ? ` (${unread} without a usable answer)` : ""}`;
  const may = qualified.allowed ? "It may publish its findings." : `It may not publish any: ${qualified.reason}.`;
  if (findings.length === 0 || chance === null) return `${read} and would have said nothing. ${may}`;
  const share = `${right} of ${findings.length} (${(right / findings.length).toFixed(2)})`;
  return `${read}; of its findings ${share} stand on lines that were changed before the end, ${chance.toFixed(2)} by chance. ${may}`;
}
