/** TYPE FILE of the retrieval stage: files ranked for a question, from several sources. */
import type { EngramView } from "../engram/engram.ts";
import type { History } from "../history/history.ts";
import type { CodeGraph } from "./code-graph.ts";
import type { Contribution } from "./evidence.ts";

export interface RankedFile {
  path: string;
  /** 0..1, comparable within one repository and one kind of question. */
  score: number;
  /** Most first. */
  contributions: Contribution[];
}

export interface RankingSources {
  view: EngramView;
  history: History;
  graph: CodeGraph;
}

export interface RankingOptions {
  k: number;
  /** Files that may be answers; all of the tree by default. */
  filter?: (path: string) => boolean;
}
