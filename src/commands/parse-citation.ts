import type { Tracker } from "../tracker/tracker.ts";
import type { History } from "../history/history.ts";
import type { PastPulls } from "../history/past-pulls.ts";
import type { Citation } from "../retrieval/evidence.ts";
import { AssistantError } from "../shared/errors.ts";

/** A citation as it is printed (`formatCitation`), read again. */
export type WrittenCitation =
  /** `commit` null: of the commit that is looked from. */
  | { kind: "code"; path: string; startLine: number; endLine: number; commit: string | null }
  | { kind: "commit"; commit: string }
  | { kind: "number"; number: number; comment: number | null };

/** Errors: AssistantError `bad-citation`. */
export function parseCitation(text: string): WrittenCitation {
  const [, path, first, last, at] = /^(.+)#L(\d{1,9})(?:-L?(\d{1,9}))?(?:@([0-9a-f]{7,64}))?$/.exec(text) ?? [];
  if (path !== undefined) {
    return { kind: "code", path, startLine: Number(first), endLine: Number(last ?? first), commit: at ?? null };
  }
  if (/^[0-9a-f]{7,64}$/.test(text)) return { kind: "commit", commit: text };
  const [, number, comment] = /^#(\d{1,9})(?::(\d{1,15}))?$/.exec(text) ?? [];
  if (number !== undefined) {
    return { kind: "number", number: Number(number), comment: comment === undefined ? null : Number(comment) };
  }
  throw new AssistantError(`"${text}" is no citation`, {
    code: "bad-citation",
    remedy: "Give src/a.ts#L10-L24@1a2b3c4, a commit's id, #12 for an issue or pull request, or #12:345 for a comment.",
  });
}

/** Issues, pull requests and comments that go by a number here, as far as they are known: the citations to try. */
export function citationsOfNumber(
  { number, comment }: { number: number; comment: number | null },
  { tracker, pulls, history }: { tracker: Tracker | null; pulls: PastPulls; history: History },
): Citation[] {
  if (comment === null) {
    const issue = tracker?.issue(number);
    if (issue?.pull === false) return [{ kind: "issue", number, title: issue.title, state: issue.state }];
    const pull = pulls.pulls.find((one) => one.number === number);
    if (pull !== undefined && !isOlder(pull, history)) return [];
    const title = pull?.subject ?? issue?.title;
    return title === undefined ? [] : [{ kind: "pull", number, title }];
  }
  const pull = tracker?.issue(number)?.pull ?? true;
  const below = tracker?.comments(number).find(({ id }) => id === comment);
  if (below !== undefined) {
    return [{ kind: "comment", number, on: pull ? "pull" : "issue", id: comment, author: below.author.login }];
  }
  for (const one of tracker?.reviewComments() ?? []) {
    if (one.id === comment && one.pull === number) {
      return [{ kind: "comment", number, on: "lines", id: comment, author: one.author.login }];
    }
  }
  return [];
}

/** Whether a pull request was there at the commit that is looked from: merged before, or no newer. */
function isOlder({ mergedAs, time }: PastPulls["pulls"][number], history: History): boolean {
  return mergedAs !== null ? history.positionOf(mergedAs) !== null : time <= (history.commits[0]?.time ?? 0);
}
