import { HttpError, notFound, validationFailed } from "../errors.ts";
import { issueCommentEvent, issueEvent, type Origin } from "../events.ts";
import { githubLimits } from "../github-limits.ts";
import { presentLabel } from "../present/issues.ts";
import {
  type Issue,
  type IssueComment,
  isPull,
  type Label,
  newId,
  type PullFields,
  type Reaction,
  type Repository,
  type TimelineEntry,
  timestamp,
} from "../state.ts";

export interface NewIssue {
  title: string;
  body: string | null;
  labels?: string[];
  /** For imported history. Default: the next free number, now. */
  number?: number;
  createdAt?: string;
}

/** Adds an issue or, with `pull`, a pull request; sends nothing. */
export function addIssue({ state, repository, sender }: Origin, issue: NewIssue, pull: PullFields | null): Issue {
  const number = issue.number ?? repository.nextNumber;
  if (repository.issues.some((one) => one.number === number)) throw new Error(`#${number} exists`);
  repository.nextNumber = Math.max(repository.nextNumber, number + 1);
  const at = issue.createdAt ?? timestamp(state);
  const added: Issue = {
    id: newId(state),
    number,
    title: issue.title,
    body: issue.body,
    author: sender,
    state: "open",
    stateReason: null,
    labels: [],
    assignees: [],
    locked: false,
    reactions: [],
    createdAt: at,
    updatedAt: at,
    closedAt: null,
    pull,
  };
  added.labels = (issue.labels ?? []).map((name) => labelNamed({ state, repository, sender }, name));
  repository.issues.push(added);
  return added;
}

/** Errors: HttpError 404 where there is no such issue or pull request, 410 where it was deleted, 301 where it has moved. */
export function issueNumbered(repository: Repository, number: number): Issue {
  const issue = repository.issues.find((one) => one.number === number);
  if (issue) return issue;
  const gone = repository.gone.get(number);
  if (gone === "deleted") throw new HttpError(410, "This issue was deleted");
  // Where it is now has other numbers: those of the repository and those of its issues.
  if (gone) throw new HttpError(301, "Moved Permanently", undefined, { location: `/repositories/1/issues/${number}` });
  throw notFound();
}

/** Takes an issue with its comments out of every list. */
export function removeIssue(origin: Origin, number: number, how: "deleted" | "transferred"): void {
  const { repository } = origin;
  const issue = issueNumbered(repository, number);
  repository.issues = repository.issues.filter((one) => one !== issue);
  repository.comments = repository.comments.filter((comment) => comment.issue !== number);
  repository.gone.set(number, how);
  issueEvent(origin, how, issue);
}

/** What is not said about an entry is the repository's own and now. */
export function addToTimeline(
  { state, repository, sender }: Origin,
  issue: number,
  entry: Partial<TimelineEntry> & Pick<TimelineEntry, "event">,
): void {
  const usual = { id: newId(state), issue, actor: sender, createdAt: timestamp(state) };
  repository.timeline.push({ ...usual, commitId: null, from: repository, source: null, ...entry });
}

export function setIssueState(
  origin: Origin,
  issue: Issue,
  to: Issue["state"],
  reason: Issue["stateReason"] = to === "closed" ? "completed" : "reopened",
  commit: string | null = null,
): void {
  if (issue.state === to) return;
  issue.state = to;
  issue.stateReason = isPull(issue) ? null : reason;
  issue.closedAt = to === "closed" ? timestamp(origin.state) : null;
  issue.updatedAt = timestamp(origin.state);
  addToTimeline(origin, issue.number, { event: to === "closed" ? "closed" : "reopened", commitId: commit });
  if (!isPull(issue)) issueEvent(origin, to === "closed" ? "closed" : "reopened", issue);
}

/** Changes title or body and sends what they were before, as GitHub does. */
export function editIssue(origin: Origin, issue: Issue, to: { title?: string; body?: string | null }): void {
  const changes = {
    ...(to.title !== undefined && to.title !== issue.title && { title: { from: issue.title } }),
    ...(to.body !== undefined && to.body !== issue.body && { body: { from: issue.body ?? "" } }),
  };
  if (Object.keys(changes).length === 0) return;
  issue.title = to.title ?? issue.title;
  issue.body = to.body === undefined ? issue.body : to.body;
  issue.updatedAt = timestamp(origin.state);
  if (!isPull(issue)) issueEvent(origin, "edited", issue, { changes });
}

/** Errors: HttpError 422 for a blank or overlong body. */
export function addIssueComment(origin: Origin, issue: Issue, body: string): IssueComment {
  checkBody("IssueComment", body);
  const at = timestamp(origin.state);
  const comment: IssueComment = {
    id: newId(origin.state),
    issue: issue.number,
    author: origin.sender,
    body,
    createdAt: at,
    updatedAt: at,
    reactions: [],
    minimized: null,
  };
  origin.repository.comments.push(comment);
  issue.updatedAt = at;
  issueCommentEvent(origin, "created", issue, comment);
  return comment;
}

/** Errors: HttpError 422 for a blank or overlong body. */
export function editIssueComment(origin: Origin, comment: IssueComment, body: string): void {
  checkBody("IssueComment", body);
  const changes = { body: { from: comment.body } };
  comment.body = body;
  comment.updatedAt = timestamp(origin.state);
  issueCommentEvent(origin, "edited", issueNumbered(origin.repository, comment.issue), comment, { changes });
}

export function removeIssueComment(origin: Origin, comment: IssueComment): void {
  const { repository } = origin;
  repository.comments = repository.comments.filter((one) => one !== comment);
  issueCommentEvent(origin, "deleted", issueNumbered(repository, comment.issue), comment);
}

/** Adds labels that are not there yet; an unknown name becomes a new label of the repository, as on GitHub. */
export function addLabels(origin: Origin, issue: Issue, names: string[]): void {
  for (const name of names) {
    const label = labelNamed(origin, name);
    if (issue.labels.includes(label)) continue;
    issue.labels.push(label);
    issue.updatedAt = timestamp(origin.state);
    addToTimeline(origin, issue.number, { event: "labeled", label });
    if (isPull(issue)) continue;
    issueEvent(origin, "labeled", issue, { label: presentLabel(origin.state, origin.repository, label) });
  }
}

/** Errors: HttpError 404 where it is not there. */
export function removeLabel(origin: Origin, issue: Issue, name: string): void {
  const label = issue.labels.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (!label) throw notFound();
  issue.labels = issue.labels.filter((one) => one !== label);
  issue.updatedAt = timestamp(origin.state);
  addToTimeline(origin, issue.number, { event: "unlabeled", label });
}

/** The label of that name (GitHub compares without case), made where there is none. */
export function labelNamed({ state, repository }: Origin, name: string, description: string | null = null): Label {
  const known = repository.labels.find((label) => label.name.toLowerCase() === name.toLowerCase());
  if (known) return known;
  const label: Label = { id: newId(state), name, color: "ededed", description };
  repository.labels.push(label);
  return label;
}

/** One reaction of a kind a person: asking again gives the one that stands there. */
export function addReaction(
  { state, sender }: Origin,
  reactions: Reaction[],
  content: string,
): { reaction: Reaction; created: boolean } {
  const standing = reactions.find((one) => one.author === sender && one.content === content);
  if (standing) return { reaction: standing, created: false };
  const reaction: Reaction = { id: newId(state), author: sender, content, createdAt: timestamp(state) };
  reactions.push(reaction);
  return { reaction, created: true };
}

/** Errors: HttpError 422 in GitHub's words. */
function checkBody(resource: string, body: string): void {
  if (body.trim() === "") throw validationFailed(resource, "body", "Body can't be blank", "missing_field");
  const message = `Body is too long (maximum is ${githubLimits.bodyCharacters} characters)`;
  if (isTooLong(body)) throw validationFailed(resource, "data", message, "unprocessable");
}

export function isTooLong(body: string): boolean {
  return body.length > githubLimits.bodyCharacters;
}
