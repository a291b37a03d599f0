import { requirePermission } from "../auth.ts";
import {
  addIssueComment,
  addLabels,
  editIssue,
  editIssueComment,
  issueNumbered,
  labelNamed,
  removeIssueComment,
  removeLabel,
  setIssueState,
} from "../changes/issues.ts";
import { HttpError, notFound } from "../errors.ts";
import { presentIssue, presentIssueComment, presentLabel } from "../present/issues.ts";
import { presentTimeline } from "../present/timeline.ts";
import {
  type Answer,
  json,
  noContent,
  paged,
  pagedByCursor,
  repositoryRoute,
  type RepositoryRequest,
  type Route,
} from "../router.ts";
import { isPull, type Issue, type IssueComment } from "../state.ts";
import { originOf } from "./origin.ts";
import { issueOrder } from "./pulls.ts";

/** The permission on pull requests serves the issue endpoints, too, but only for numbers that are pull requests. */
const read = ["issues:read", "pull_requests:read"];
const write = ["issues:write", "pull_requests:write"];

export const issueRoutes: Route[] = [
  repositoryRoute("GET /issues", ["issues:read"], listIssues),
  repositoryRoute("GET /issues/comments", read, (request) => listComments(request, request.repository.comments)),
  repositoryRoute("GET /issues/comments/{comment_id}", read, (request) => {
    return commentAnswer(request, issueCommentOf(request, "read"));
  }),
  repositoryRoute("PATCH /issues/comments/{comment_id}", write, (request) => {
    const comment = issueCommentOf(request, "write");
    editIssueComment(originOf(request), comment, String(request.body["body"]));
    return commentAnswer(request, comment);
  }),
  repositoryRoute("DELETE /issues/comments/{comment_id}", write, deleteComment),
  repositoryRoute("GET /issues/{issue_number}", read, (request) => issueAnswer(request, issueOf(request, "read"))),
  repositoryRoute("PATCH /issues/{issue_number}", write, patchIssue),
  repositoryRoute("GET /issues/{issue_number}/comments", read, (request) => {
    const { number } = issueOf(request, "read");
    return listComments(
      request,
      request.repository.comments.filter((comment) => comment.issue === number),
    );
  }),
  repositoryRoute("POST /issues/{issue_number}/comments", write, (request) => {
    const issue = issueOf(request, "write");
    // Apps are no collaborators of the repository, whatever they were granted.
    if (issue.locked) throw new HttpError(403, "Unable to create comment because issue is locked.");
    return commentAnswer(request, addIssueComment(originOf(request), issue, String(request.body["body"])), 201);
  }),
  repositoryRoute("GET /issues/{issue_number}/timeline", read, listTimeline),
  repositoryRoute("GET /issues/{issue_number}/labels", read, (request) =>
    labelsAnswer(request, issueOf(request, "read")),
  ),
  repositoryRoute("POST /issues/{issue_number}/labels", write, (request) => {
    const issue = issueOf(request, "write");
    const labels = (request.body["labels"] ?? []) as (string | { name: string })[];
    addLabels(
      originOf(request),
      issue,
      labels.map((label) => (typeof label === "string" ? label : label.name)),
    );
    return labelsAnswer(request, issue);
  }),
  repositoryRoute("DELETE /issues/{issue_number}/labels/{name}", write, (request) => {
    const issue = issueOf(request, "write");
    removeLabel(originOf(request), issue, request.params["name"] ?? "");
    return labelsAnswer(request, issue);
  }),
];

/** Errors: HttpError 404 without such an issue, 403 where the token's permission is for pull requests alone. */
export function issueOf(request: RepositoryRequest, level: "read" | "write"): Issue {
  const issue = issueNumbered(request.repository, Number(request.params["issue_number"]));
  if (!isPull(issue)) requirePermission(request.token, [`issues:${level}`]);
  return issue;
}

/** Errors: as `issueOf`. */
export function issueCommentOf(request: RepositoryRequest, level: "read" | "write"): IssueComment {
  const comment = request.repository.comments.find((one) => one.id === Number(request.params["comment_id"]));
  if (!comment) throw notFound();
  if (!isPull(issueNumbered(request.repository, comment.issue))) requirePermission(request.token, [`issues:${level}`]);
  return comment;
}

/** Pull requests are listed among the issues. */
function listIssues(request: RepositoryRequest): Answer {
  const { state, repository, query } = request;
  const wanted = query.get("state") ?? "open";
  const since = query.get("since") ?? "";
  const labels = (query.get("labels") ?? "").split(",").filter(Boolean);
  const issues = repository.issues
    .filter((issue) => wanted === "all" || issue.state === wanted)
    .filter((issue) => issue.updatedAt >= since)
    .filter((issue) => labels.every((name) => issue.labels.some((label) => label.name === name)))
    .filter((issue) => !query.has("creator") || issue.author.login === query.get("creator"));
  const order = issueOrder(query.get("sort") ?? "created", query.get("direction"));
  return pagedByCursor(request, issues, order, (issue) => presentIssue(state, repository, issue));
}

/** Comments are listed by id unless asked otherwise, and a direction means nothing without a `sort`. */
export function sortComments<T extends { id: number; createdAt: string; updatedAt: string }>(
  comments: T[],
  query: URLSearchParams,
): T[] {
  const sort = query.get("sort");
  const key = (comment: T) => (sort === "updated" ? comment.updatedAt : sort ? comment.createdAt : "");
  const sign = sort && query.get("direction") === "desc" ? -1 : 1;
  return comments.toSorted((a, b) => sign * (key(a) === key(b) ? a.id - b.id : key(a) < key(b) ? -1 : 1));
}

function listComments(request: RepositoryRequest, comments: IssueComment[]): Answer {
  const { state, repository, query } = request;
  const since = query.get("since") ?? "";
  const changed = comments.filter((comment) => comment.updatedAt >= since);
  return paged(request, sortComments(changed, query), (comment) => presentIssueComment(state, repository, comment));
}

function deleteComment(request: RepositoryRequest): Answer {
  removeIssueComment(originOf(request), issueCommentOf(request, "write"));
  return noContent();
}

/** A transferred issue has no timeline here, and the one that it has elsewhere is not shown. */
function listTimeline(request: RepositoryRequest): Answer {
  const { state, repository, params } = request;
  if (repository.gone.get(Number(params["issue_number"])) === "transferred") throw notFound();
  const { number } = issueOf(request, "read");
  return paged(request, presentTimeline(state, repository, number), (event) => event);
}

function patchIssue(request: RepositoryRequest): Answer {
  const issue = issueOf(request, "write");
  const { title, body, state, state_reason, labels } = request.body as {
    title?: string;
    body?: string | null;
    state?: Issue["state"];
    state_reason?: Issue["stateReason"];
    labels?: (string | { name: string })[];
  };
  const origin = originOf(request);
  editIssue(origin, issue, { title, body });
  if (labels) issue.labels = labels.map((label) => labelNamed(origin, typeof label === "string" ? label : label.name));
  if (state) setIssueState(origin, issue, state, state_reason ?? undefined);
  return issueAnswer(request, issue);
}

function issueAnswer({ state, repository }: RepositoryRequest, issue: Issue): Answer {
  return json(presentIssue(state, repository, issue));
}

function commentAnswer({ state, repository }: RepositoryRequest, comment: IssueComment, status = 200): Answer {
  return json(presentIssueComment(state, repository, comment), status);
}

function labelsAnswer(request: RepositoryRequest, issue: Issue): Answer {
  return paged(request, issue.labels, (label) => presentLabel(request.state, request.repository, label));
}
