import type { EngramStore } from "../engram/engram.ts";
import type { History, HistoryIndex } from "../history/history.ts";
import { openCodeGraph } from "../retrieval/graph/open-code-graph.ts";
import { type FloorSample, learnFloor, sampleCompanions, sampleLocalisation } from "../retrieval/learn-floors.ts";
import { limits } from "../shared/limits.ts";
import type { Floors } from "./floors.ts";

export interface FloorSources {
  gitDir: string;
  /** The past that teaches; nothing newer is asked. */
  history: History;
  index: HistoryIndex;
  /** For engrams of past commits, thrown away afterwards. */
  engrams: EngramStore;
  /** Floors where the past is too short to tell. */
  defaults: Floors;
  signal?: AbortSignal | undefined;
}

/** Share of right ones that what is shown must reach. */
const targets = { localisation: 0.5, companion: 0.7 };
/** Files that would have been shown for one past commit. */
const shown = 5;
const leastTogether = 8;

/**
 * Asks past commits what they changed, as of their parents, and takes the lowest score from which on the answers were right
 * often enough. Minutes of work for a large repository, so a matter for the background and for every few weeks.
 */
export async function learnRepositoryFloors(sources: FloorSources): Promise<Floors> {
  const { gitDir, history, index, engrams, defaults, signal } = sources;
  const options = { shown, signal };
  const sourcesAt = async (commit: string) => {
    if (history.positionOf(commit) === null) return null;
    const { engram } = await engrams.update("floors", gitDir, commit, signal ? { signal } : {});
    return { view: engram, history: index.at(commit), graph: openCodeGraph(engram) };
  };
  const historyAt = (commit: string) => (history.positionOf(commit) === null ? null : index.at(commit));
  const texts = await sampleLocalisation(history, sourcesAt, { ...options, commits: limits.floorTexts });
  const companions = sampleCompanions(history, historyAt, { ...options, commits: limits.floorChanges, leastTogether });
  return {
    localisation: floorOf(texts, targets.localisation, defaults.localisation),
    companion: floorOf(companions, targets.companion, defaults.companion),
  };
}

function floorOf(samples: FloorSample[], target: number, byDefault: number): number {
  if (samples.length < limits.floorSamples) return byDefault;
  return learnFloor(samples, target)?.floor ?? Infinity;
}
