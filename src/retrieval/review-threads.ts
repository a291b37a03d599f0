import type { TrackedAuthor, TrackedReviewComment, Tracker } from "../tracker/tracker.ts";

/** What people said about lines of a pull request: one remark and what was answered. */
export interface ReviewThread {
  /** The first comment that says something about the code and is not the pull request's author's own. */
  comment: TrackedReviewComment;
  /** Of people, in order. */
  replies: TrackedReviewComment[];
}

export interface ReviewThreadOptions {
  /** Our own login, where it is not a bot's. */
  own?: string | undefined;
  /** ISO 8601: only comments that were made by then. */
  at?: string | undefined;
}

/** Threads that a person began, with something to say. */
export function readReviewThreads(tracker: Tracker, { own, at }: ReviewThreadOptions = {}): ReviewThread[] {
  const latest = at === undefined ? Infinity : Date.parse(at);
  const isPerson = ({ bot, login }: TrackedAuthor): boolean => !bot && !login.endsWith("[bot]") && login !== own;
  const threads = new Map<number, TrackedReviewComment[]>();
  for (const comment of tracker.reviewComments()) {
    if (latest !== Infinity && !(Date.parse(comment.createdAt) <= latest)) continue;
    const first = comment.inReplyTo ?? comment.id;
    const thread = threads.get(first);
    if (thread) thread.push(comment);
    else threads.set(first, [comment]);
  }

  const found: ReviewThread[] = [];
  for (const thread of threads.values()) {
    const people = thread.filter(({ author }) => isPerson(author));
    // What people answer to a linter is about the linter.
    if (people[0] === undefined || people[0] !== thread[0]) continue;
    const author = authorOf(tracker, people[0].pull);
    const comment = people.find(({ body, author: { login } }) => login !== author && isSubstantive(body));
    if (comment) found.push({ comment, replies: people.filter((reply) => reply !== comment) });
  }
  return found;
}

/** Null where nobody knows, or several people go by that name. */
function authorOf(tracker: Tracker, pull: number): string | null {
  const login = tracker.issue(pull)?.author.login;
  return login === undefined || login === "ghost" ? null : login;
}

const LEAST_WORDS = 4;
/** Openings that announce that nothing of weight follows. */
const SLIGHT = /^\W*(?:nit(?:s|pick(?:s|ing)?|ty)?|lgtm|\+1|ditto|same (?:here|as above)|thanks?|thank you)\b/i;

/** Whether a comment says something about the code: a suggestion of other lines, or a few words that are no nod. */
export function isSubstantive(body: string): boolean {
  const text = withoutQuotes(body);
  if (/^[ \t]*(?:```|~~~)suggestion\b/m.test(text)) return true;
  if (SLIGHT.test(text)) return false;
  const words = text.replace(/https?:\/\/\S+|(?<!\w)@[\w-]+/g, " ").match(/[\p{L}\p{N}_][\p{L}\p{N}_'’.-]*/gu) ?? [];
  // Scripts without spaces say in one run what others say in a sentence.
  const unspaced = words.some((word) => /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]{6}/u.test(word));
  return unspaced || words.length >= LEAST_WORDS;
}

/** Without what is quoted from somebody else or hidden. */
function withoutQuotes(body: string): string {
  return body
    .replace(/<!--[\s\S]*?(?:-->|$)/g, " ")
    .replace(/^[ \t]*>.*$/gm, " ")
    .replace(/:[a-z0-9_+-]+:/g, " ");
}
