/** TYPE FILE of the retrieval stage: files of a tree, tied by the names that one defines and another uses. */

export interface GraphNeighbour {
  path: string;
  /** Weight of the tie, above 0: rare names count more. */
  weight: number;
}

export interface CodeGraph {
  /** Files that use what this one defines, or import it; heaviest first. */
  users(path: string): GraphNeighbour[];
  /** Files that define what this one uses, or that it imports; heaviest first. */
  uses(path: string): GraphNeighbour[];
  /**
   * Personalised PageRank from these files (weights above 0, any sum), walking ties both ways. Best first, seeds included.
   */
  rank(seeds: ReadonlyMap<string, number>, k: number): { path: string; score: number }[];
}
