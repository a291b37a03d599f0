import { type CandidateSpace, createCandidateSpace, findCandidates } from "./js-candidates.ts";
import { chunksIn, frequencyIn, openPart, type OpenPart } from "./js-part.ts";
import { bestHits, exactScores } from "./js-rescore.ts";
import type { IndexPart, KernelIndex } from "./kernel.ts";

/** `Kernel.openIndex`. The indexes share the space they search in: one search ends before another begins. */
export function createOpenIndex(): (parts: readonly IndexPart[]) => KernelIndex {
  const space = createCandidateSpace();
  return (parts) => searchable(parts.map(openPart), space);
}

function searchable(open: readonly OpenPart[], space: CandidateSpace): KernelIndex {
  return {
    frequencies: (tokens) => tokens.map((token) => open.reduce((sum, part) => sum + frequencyIn(part, token), 0)),
    candidates: (query) => findCandidates(open, query, space),
    rescore: (parts, chunks, exact) => exactScores(open, parts, chunks, exact),
    search(query, exact, wanted) {
      const found = findCandidates(open, { ...query, k: wanted }, space);
      const scores = exactScores(open, found.parts, found.chunks, exact);
      return bestHits(open, { ...found, scores }, query.k);
    },
    chunksWith(part, token) {
      const opened = open[part];
      if (opened === undefined) throw new RangeError("no such part");
      return chunksIn(opened, token);
    },
  };
}
