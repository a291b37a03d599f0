import { AssistantError } from "../shared/errors.ts";
import type { PersonalDataKind } from "../shared/personal-data.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { fitsHunk, reviewPosition } from "./anchors.ts";
import type { CheckApi } from "./check-api.ts";
import type { CommentApi, NewReviewComment, StoredReviewComment } from "./comment-api.ts";
import { addressedComment, findingComment } from "./markdown/finding-comment.ts";
import { summaryComment } from "./markdown/summary-comment.ts";
import type { Finding, ReviewOutcome } from "./outcome.ts";
import { ownComments, type AppIdentity } from "./own-comments.ts";
import { planReview, type FindingComment, type ReviewPlan } from "./plan-review.ts";
import type { Receipt } from "./publisher.ts";
import { readThreads, reopenThread, resolveThread } from "./threads.ts";
import { upsertComment } from "./upsert-comment.ts";

export interface PublishContext {
  api: CommentApi;
  /** Where a check run is wanted beside the comments. */
  checks?: CheckApi;
  repository: RepositoryId;
  identity: AppIdentity;
  /** Publishes what was read of a head that is not the newest any more, and says so. Default: `stale-head`. */
  olderHead?: boolean;
  /** Kinds of personal data that are not written. */
  personalData?: readonly PersonalDataKind[];
}

/**
 * Brings a pull request's comments to what the outcome says: new comments as one review, then the marks on the old
 * ones, then the summary. Every step looks first at what stands there, so a run that broke off anywhere is repeated.
 */
export async function publishReview(context: PublishContext, number: number, outcome: ReviewOutcome): Promise<Receipt> {
  const { api, repository } = context;
  const movedTo = await movedHead(context, number, outcome.head);
  const comments = await api.reviewComments(number);
  const before = ownComments(comments, context.identity, "finding");
  const plan = planReview(outcome, before);
  // What was read is not what stands there now: nothing can be put on its lines, and nothing called addressed.
  if (movedTo !== null) Object.assign(plan, { returned: [], gone: [] });

  const refused = movedTo === null ? await postFindings(context, number, outcome.head, plan.fresh) : plan.fresh;
  const resolved = await markComments(context, number, outcome, plan, comments);

  const after = plan.fresh.length > refused.length ? await findingComments(context, number) : before;
  const urls = new Map(after.map(({ comment, marker }) => [marker.id, comment.url]));
  const returned = plan.returned.map(({ finding }) => finding);
  const standing = plan.standing.map(({ finding }) => finding);
  const posted = plan.fresh.filter((finding) => !refused.includes(finding));
  const summary = summaryComment(repository, outcome, {
    inline: inOrder(outcome, [...standing, ...returned, ...posted]).map((finding) => ({
      finding,
      url: urls.get(finding.id) ?? null,
    })),
    refused,
    addressed: before.filter(({ marker }) => marker.addressed).length - returned.length + plan.gone.length,
    movedTo,
  });
  return {
    posted: posted.length,
    addressed: plan.gone.length,
    ...(resolved > 0 && { resolved }),
    standing: plan.standing.length + returned.length,
    summary: await upsertComment(context, number, { kind: "summary" }, summary, isWorthAComment(outcome, after)),
  };
}

/**
 * A change in which nothing was found, nothing is related and all was read that people write gets no comment unless somebody
 * asked.
 */
function isWorthAComment(
  { asked, findings, sheet, coverage, model, withheld }: ReviewOutcome,
  comments: FindingComment[],
): boolean {
  const missed = coverage.unread.filter(({ reason }) => !setAside.test(reason));
  const unread = missed.length + (model.unread?.length ?? 0);
  // Somebody wrote every file: who knows it is worth reading beside something else.
  const related = sheet.filter(({ kind }) => kind !== "owner");
  // What is kept back because people turned the like of it down is counted where they see it.
  const turnedDown = withheld.filter(({ dismissed }) => dismissed !== undefined);
  return asked || findings.length + related.length + unread + comments.length + turnedDown.length > 0;
}

/** What nobody expects to be read: a lock file, a picture, what the repository's own settings leave out. */
const setAside = /^(?:submodule|symbolic link|binary|ignored)|\((?:\.gitattributes|its path)\)$/;

/**
 * The pull request's head, where it is not the one that was read; null where it is.
 * Errors: AssistantError `stale-head`, unless the context says that an older head is published too.
 */
async function movedHead({ api, olderHead }: PublishContext, number: number, head: string): Promise<string | null> {
  if (!olderHead) {
    await checkHead(api, number, head);
    return null;
  }
  const current = await api.pullHead(number);
  return current === head ? null : current;
}

async function checkHead(api: CommentApi, number: number, head: string): Promise<void> {
  const current = await api.pullHead(number);
  if (current === head) return;
  throw new AssistantError(
    `pull request #${number} moved on: reviewed ${head.slice(0, 12)}, its head is ${current.slice(0, 12)}`,
    { code: "stale-head", remedy: "Review the new head.", transient: true },
  );
}

/**
 * Marks the comments whose finding is gone, and takes the mark from those whose finding is back. A thread is folded before
 * its comment is marked, and opened before the mark goes: a run that broke off in between finds it so, and marks it.
 * @returns how many threads were folded
 */
async function markComments(
  context: PublishContext,
  number: number,
  { head }: ReviewOutcome,
  { standing, returned, gone }: ReviewPlan,
  comments: readonly StoredReviewComment[],
): Promise<number> {
  if (standing.length + returned.length + gone.length === 0) return 0;
  const { api, repository } = context;
  const threads = await readThreads(context, number, comments);
  for (const { comment } of standing) await reopenThread(threads, comment);
  for (const { finding, comment } of returned) {
    await reopenThread(threads, comment);
    await api.updateReviewComment(comment.comment.id, findingComment(repository, finding, head, true));
  }
  let folded = 0;
  for (const one of gone) {
    const resolved = await resolveThread(threads, one);
    if (resolved) folded += 1;
    await api.updateReviewComment(
      one.comment.id,
      addressedComment(repository, one.comment.body, one.marker, head, resolved),
    );
  }
  return folded;
}

async function findingComments({ api, identity }: PublishContext, number: number): Promise<FindingComment[]> {
  return ownComments(await api.reviewComments(number), identity, "finding");
}

/** Posts findings on their lines; gives back those that cannot stand there. */
async function postFindings(
  { api, repository, identity }: PublishContext,
  number: number,
  head: string,
  fresh: Finding[],
): Promise<Finding[]> {
  if (fresh.length === 0) return [];
  await api.clearPendingReview(number, identity.login);
  const hunks = await api.changedHunks(number);
  const fitting = fresh.filter(({ anchor }) => anchor && fitsHunk(anchor, hunks.get(anchor.path) ?? []));
  const refused = await postWhatIsTaken(fitting, async (findings) => {
    const comments = findings.flatMap((finding) => reviewComment(repository, finding, head));
    if (await api.createReview(number, head, comments)) return true;
    await checkHead(api, number, head); // a push between our look and our post moves every anchor
    return false;
  });
  return fresh.filter((finding) => !fitting.includes(finding) || refused.includes(finding));
}

/**
 * GitHub refuses a review as a whole and does not say for which comment. Halving finds the one with few further
 * requests, and the others are posted.
 */
async function postWhatIsTaken(
  findings: Finding[],
  post: (findings: Finding[]) => Promise<boolean>,
): Promise<Finding[]> {
  if (findings.length === 0 || (await post(findings))) return [];
  if (findings.length === 1) return findings;
  const middle = Math.ceil(findings.length / 2);
  const first = await postWhatIsTaken(findings.slice(0, middle), post);
  return [...first, ...(await postWhatIsTaken(findings.slice(middle), post))];
}

function reviewComment(repository: RepositoryId, finding: Finding, head: string): NewReviewComment[] {
  if (!finding.anchor) return [];
  return [{ ...reviewPosition(finding.anchor), body: findingComment(repository, finding, head) }];
}

function inOrder(outcome: ReviewOutcome, findings: readonly Finding[]): Finding[] {
  return outcome.findings.filter((finding) => findings.includes(finding));
}
