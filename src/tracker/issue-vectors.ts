/** PORT of the tracker stage, third part: what issues mean, as vectors of an encoder, kept beside what they say. */
export interface IssueVector {
  issue: number;
  /** Hash of the text that the vector was made of: an edited issue has another one. */
  text: string;
  vector: Float32Array;
}

/**
 * One vector an issue at most: that of another encoder, or of another text, is replaced. The vector goes where the issue
 * goes.
 */
export interface IssueVectors {
  /** Those that an encoder made, by number. @param encoder who made them, and how: whatever makes two incomparable */
  read(encoder: string): IssueVector[];
  /** All or nothing. What is no issue here, or no longer one, is left out. */
  save(encoder: string, vectors: readonly IssueVector[]): void;
  /** Another one whenever `read` would give something else; much cheaper. */
  stamp(): string;
}
