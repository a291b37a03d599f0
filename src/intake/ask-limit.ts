/** PORT of the intake stage: how often people may ask. An answer costs the server seconds, and a comment everybody's attention. */

export interface Ask {
  /** As in repositoryKey. */
  repository: string;
  /** Login. */
  sender: string;
  /** The comment that asks: however often it is tried, it counts once. */
  comment: number;
}

export interface AskLimit {
  /** Counts a question within the sliding window (limits.askWindowMs); false where the person or the repository had too many. */
  take(ask: Ask): boolean;
  /** Whether a refusal is to be said to this person: once in a window, then there is silence. */
  mayRefuse(ask: Ask): boolean;
  shut(): void;
}
