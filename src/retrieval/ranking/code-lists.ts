import { createNameTokens, type NameRole } from "../../engram/algebra/name-token.ts";
import type { EngramView, SearchOptions } from "../../engram/engram.ts";
import { identifiersIn } from "../words.ts";
import type { FileScores } from "./file-scores.ts";

/** Chunks asked for: a hundred files are among them, whatever their length. */
const chunkHits = 300;
const mostNames = 200;

/** Files by their best chunk. */
export function filesLike(view: EngramView, text: string, options: Omit<SearchOptions, "k">): FileScores {
  const scores: FileScores = new Map();
  for (const { path, score } of view.search(text, { ...options, k: chunkHits })) {
    if (!scores.has(path)) scores.set(path, score);
  }
  return scores;
}

/** Files that define (call, import) names of a text; rare names count more. */
export function filesWithNames(
  view: EngramView,
  names: readonly string[],
  role: NameRole,
  options: Omit<SearchOptions, "k">,
): FileScores {
  const tokens = createNameTokens(view.info().seed);
  const asked = new Set(names.slice(0, mostNames).flatMap((name) => tokens.ofName(name)));
  const bound = Uint32Array.from(asked, (token) => tokens.bind(token, role));
  const scores: FileScores = new Map();
  const vector = { tokens: bound, values: new Uint8Array(bound.length).fill(1) };
  for (const { path, score } of view.searchVector(vector, { ...options, k: chunkHits })) {
    if (!scores.has(path)) scores.set(path, score);
  }
  return scores;
}

/** What may be names, each once, as they stand. */
export function namesIn(text: string): string[] {
  return [...new Set(identifiersIn(text))].filter((word) => word.length > 2);
}
