/** TYPE FILE of the publish stage: what people did under our comments on lines, as GitHub shows it. */

export interface FindingThread {
  /** Finding.id. */
  finding: string;
  /** GitHub's global id of our comment. */
  comment: string;
  /** Whether we marked it as addressed: its code was changed so that the finding no longer holds. */
  addressed: boolean;
  /** Thumbs of people; those of bots are left out. */
  thumbs: { login: string; up: boolean }[];
  /** Why somebody hid the comment (`spam`, `off-topic`, `outdated`, …); null where it is shown. */
  minimized: string | null;
  /** Login of the person who resolved the thread; null where it is open or we resolved it ourselves. */
  resolvedBy: string | null;
  /** Whether the lines under the comment are other lines by now. */
  outdated: boolean;
}

export interface FindingThreads {
  /** Full object id of the pull request's head. */
  head: string;
  threads: FindingThread[];
  /** Whether these are all of them: else one that is missing need not be deleted. */
  complete: boolean;
}
