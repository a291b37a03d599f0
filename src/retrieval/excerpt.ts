import type { Chunk, EngramView } from "../engram/engram.ts";
import { limits } from "../shared/limits.ts";
import { queryWords, searchWords } from "./words.ts";

export interface Excerpt {
  startLine: number;
  endLine: number;
  /** Verbatim. */
  text: string;
}

/** The lines of one file that are closest to the query, at most limits.quotedLines; null where none share a word. */
export function bestExcerpt(view: EngramView, path: string, query: string): Excerpt | null {
  const hits = view.search(query, { k: CHUNKS_COMPARED, filter: (candidate) => candidate === path, paths: false });
  const text = view.text(path);
  if (text === null) return null;
  const words = queryWords(query);
  const excerpts = hits.map((hit) => densest(text, hit, words));
  return excerpts.reduce<DenseExcerpt | null>(
    (best, one) => (best && best.distinct >= one.distinct ? best : one),
    null,
  );
}

const CHUNKS_COMPARED = 3;

/**
 * The part of a chunk that holds the most distinct words of the query, without the lines at its ends that hold none.
 * The chunk's first lines where it holds none at all.
 */
export function excerptOf(
  text: string,
  chunk: Pick<Chunk, "startLine" | "endLine">,
  words: ReadonlySet<string>,
): Excerpt {
  const { startLine, endLine, text: quoted } = densest(text, chunk, words);
  return { startLine, endLine, text: quoted };
}

interface DenseExcerpt extends Excerpt {
  /** Distinct words of the query in it. */
  distinct: number;
}

/** Imports name everything that a file is about, and say nothing about where. */
const IMPORT =
  /^\s*(?:import\b|from\s+\S+\s+import\b|export\b.*\bfrom\s*["']|#\s*include\b|using\s|(?:const|var|let)\b.*\brequire\()/;

function densest(text: string, chunk: Pick<Chunk, "startLine" | "endLine">, words: ReadonlySet<string>): DenseExcerpt {
  const lines = linesOf(text, chunk).split("\n");
  const matches = lines.map((line) => (IMPORT.test(line) ? [] : searchWords(line).filter((word) => words.has(word))));
  let best = { from: 0, to: Math.min(lines.length, limits.quotedLines) - 1, distinct: 0 };
  for (const [from, first] of matches.entries()) {
    if (first.length === 0) continue;
    const window = matches.slice(from, from + limits.quotedLines);
    const distinct = new Set(window.flat()).size;
    if (distinct > best.distinct) {
      best = { from, to: from + window.findLastIndex((found) => found.length > 0), distinct };
    }
  }
  return {
    startLine: chunk.startLine + best.from,
    endLine: chunk.startLine + best.to,
    text: lines.slice(best.from, best.to + 1).join("\n"),
    distinct: best.distinct,
  };
}

/** Without making strings of all the other lines of a file. */
export function linesOf(text: string, { startLine, endLine }: Pick<Chunk, "startLine" | "endLine">): string {
  let [start, end, line] = [0, -1, 0];
  for (; line < endLine; line++) {
    if (line === startLine - 1) start = end + 1;
    end = text.indexOf("\n", end + 1);
    if (end < 0) return line >= startLine - 1 ? text.slice(start) : "";
  }
  return text.slice(start, end);
}
