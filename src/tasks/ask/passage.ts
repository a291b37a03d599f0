/** TYPE FILE: passages that an answer may rest on. */

/** Lines of a document that were found for a question. Lines are 1-based and inclusive, of the document's text as it is kept. */
export interface FoundPassage {
  /** What the person named: the engram's file, a collection, or the repository. */
  source: string;
  /** Of the engram: the commit or digest of the tree that the lines are of. */
  revision: string;
  /** Path in the engram. */
  document: string;
  /** Null where the document has no pages. */
  page: number | null;
  /** Headings above, outermost first. */
  heading: string[] | null;
  /** The line that answers best. */
  line: number;
  startLine: number;
  endLine: number;
  /** Comparable within the passages of one search. */
  score: number;
  /** Lines startLine to endLine. */
  text: string;
}

export interface Passage extends FoundPassage {
  /** By which an answer cites it: 1, 2, … */
  id: string;
}

/** Engrams that are searched together, so that their scores can be compared. */
export interface PassageSource {
  /** Best first. */
  search(question: string, k: number): Promise<FoundPassage[]>;
  /**
   * How much each word says of what is meant: the rarer where is searched, the more; one that stands nowhere says as much as
   * the rarest. Absent where what is found was chosen before.
   */
  weigh?: (words: readonly string[]) => number[];
}

/** `docs.engram: docs/models.md:10-20`, with the page where there are pages. */
export function placeOfPassage({ source, document, startLine, endLine, page }: FoundPassage): string {
  const lines = startLine === endLine ? startLine : `${startLine}-${endLine}`;
  return `${source}: ${document}:${lines}${page === null ? "" : `, page ${page}`}`;
}
