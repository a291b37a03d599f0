/** PORT of the benchmark's peers: other search engines behind one protocol, each in a process of its own. */

/** A query's distinct tokens, each with the number of times that the query holds it. */
export type TokenQuery = readonly (readonly [token: string, count: number])[];

/** Chunk numbers (lines of the token file, from 0) with scores, best first. */
export type PeerHits = [chunk: number, score: number][];

/** An engine over one token file, inside a peer's process. */
export interface PeerEngine {
  /** What is not timed: the query in the form that the engine wants. */
  prepare(query: TokenQuery): unknown;
  /** What is timed. */
  search(prepared: unknown, k: number): PeerHits;
  /** A word about how it was built, for the table. */
  note: string;
}

/** One line of JSON for each request, one for its answer. */
export type PeerRequest = { load: string } | { queries: TokenQuery[]; k: number };

export interface PeerLoaded {
  /** Milliseconds to read the token file and build the index. */
  ms: number;
  note: string;
}

export interface PeerAnswers {
  /** Milliseconds of each search, measured in the peer's process: no pipe, no JSON. */
  ms: number[];
  /** With the making of the query from its tokens, where that is apart. */
  wholeMs: number[];
  hits: PeerHits[];
}
