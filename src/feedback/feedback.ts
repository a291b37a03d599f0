/** PORT of the feedback stage: what was said on pull requests, and what people made of it, repository by repository. */
import type { PullKey } from "../intake/pull-notes.ts";
import type { FindingKind } from "../publish/outcome.ts";

export interface FeedbackStore {
  /**
   * Notes what stands on a pull request at this head. Said again, a finding keeps its date and its answers. Beyond
   * limits.feedbackFindings of a repository the oldest go.
   */
  notePublished(pull: PullKey, findings: readonly PublishedFinding[], head: string): void;
  /** What was said there, oldest first. */
  published(pull: PullKey): KeptFinding[];
  /** What GitHub shows of findings now, in place of what it showed before. Findings that nobody noted are passed over. */
  noteSeen(pull: PullKey, seen: readonly SeenFinding[]): void;
  /** A person said by a command that a finding was not wanted; saying so twice changes nothing. */
  noteIgnored(pull: PullKey, finding: string, by: string): void;
  /** Findings that people answered one way or the other, oldest first. */
  lessons(repository: string): Lesson[];
  /** Oldest month first, then by kind. */
  figures(repository: string): AcceptanceFigure[];
  /** The app was taken off the repository: nothing of it is kept. */
  forgetRepository(repository: string): void;
  shut(): void;
}

/** What a finding is about, in words that can be compared. Untrusted text. */
export interface FindingTexts {
  /** Of the changed file that it stands in, or else of the first that it cites; may be empty. */
  path: string;
  /** What it claims, without what every finding of its kind says. */
  words: string;
  /** The lines that it rests on. */
  code: string;
}

export interface PublishedFinding extends FindingTexts {
  /** Finding.id. */
  id: string;
  kind: FindingKind;
  /** How sure the finder was, in the words of the calibration; null where that is not known. */
  band: string | null;
  title: string;
}

export interface KeptFinding extends PublishedFinding {
  /** The last head at which it was said to hold. */
  head: string;
  /** GitHub's global id of its comment; null where it has none, or none was seen yet. */
  comment: string | null;
  answer: Answer | null;
}

/** Accepted: somebody agreed, or the code was changed so that it no longer holds. */
export type Answer = "accepted" | "dismissed";

/** What GitHub shows of one finding. */
export interface SeenFinding {
  id: string;
  comment: string | null;
  /** Thumbs of those who have a say, each person once. */
  votes: { login: string; vote: 1 | -1 }[];
  addressed: boolean;
  /** Put away by somebody who has a say, with the code as it was: thread resolved, comment hidden or deleted. */
  setAside: boolean;
}

export interface Lesson extends FindingTexts {
  id: string;
  kind: FindingKind;
  pull: number;
  answer: Answer;
}

/** Of the findings of one kind that were first said in one month. */
export interface AcceptanceFigure {
  /** `2026-11`, UTC. */
  month: string;
  kind: FindingKind;
  published: number;
  accepted: number;
  dismissed: number;
  /** Nobody said or did anything yet. */
  unanswered: number;
}
