import { findSyntaxErrors } from "../api/check-syntax.ts";
import type { JudgedWarning } from "../calibration/judged-warning.ts";
import type { PastPull } from "../history/past-pulls.ts";
import { decide } from "../model/decide.ts";
import type { Model, ModelProvider } from "../model/model.ts";
import type { Withheld } from "../publish/outcome.ts";
import { keepResolving } from "../retrieval/citation.ts";
import { readBlobs } from "../shared/git-objects.ts";
import { type Reading, readTiles } from "../tasks/review/read-tiles.ts";
import type { Tile } from "../tasks/review/tiles.ts";
import type { Change } from "../workspace/diff.ts";
import { type JudgedSaying, readPastPull, type Said } from "./read-past-pulls.ts";

/** What a model would have published of one past pull request, judged by what became of it. */
export interface JudgedReading {
  /** Parts that were read, and those without a usable answer. */
  parts: number;
  unread: number;
  findings: JudgedSaying[];
  /** For the calibration. */
  judged: JudgedWarning[];
  /** What the checks kept back. */
  withheld: Withheld[];
}

export interface Reader {
  model: Model;
  models: ModelProvider;
  gitDir: string;
  signal: AbortSignal;
}

/**
 * Lets a model read a past pull request at its first commit with all the checks of a review, as if it had qualified. What code
 * finds is judged by itself, and not shown.
 * @returns null where git lacks a file of it
 */
export async function judgeModelFindings(pull: PastPull, { models, ...reader }: Reader): Promise<JudgedReading | null> {
  const heard: ModelProvider = {
    ...models,
    qualified: (identity, ability) => ({ ...models.qualified(identity, ability), allowed: true }),
  };
  let reading: Reading | null = null;
  const read = async (tiles: Tile[], change: Change): Promise<Said[]> => {
    reading = await readPast(tiles, change, { ...reader, models: heard });
    return reading.findings.flatMap(({ anchor, title, band }) =>
      anchor === null ? [] : [{ path: anchor.path, line: anchor.startLine, text: title, band }],
    );
  };
  const one = await readPastPull(pull, reader.gitDir, read, reader.signal);
  if (one === null || reading === null) return null;
  const { unread, withheld } = reading as Reading;
  const judged = one.said.map(({ path, pull: number, band = "", right, chance }): JudgedWarning => {
    return { kind: "model", band, pull: number, path, right, chance };
  });
  return { parts: one.parts, unread: unread.length, findings: one.said, judged, withheld };
}

async function readPast(tiles: Tile[], change: Change, { model, models, gitDir, signal }: Reader): Promise<Reading> {
  const texts = await newTexts(gitDir, change);
  return readTiles(tiles, {
    model,
    models,
    head: change.head,
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
