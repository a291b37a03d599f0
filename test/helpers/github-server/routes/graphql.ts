import { allows } from "../auth.ts";
import { presentReviewComment } from "../present/reviews.ts";
import type { Answer, Request } from "../router.ts";
import {
  type AccessToken,
  type AccessLevel,
  findRepository,
  isPull,
  nodeId,
  type Reaction,
  type Repository,
  repositoryName,
  type ReviewComment,
  type User,
} from "../state.ts";

/**
 * The three GraphQL operations that have no REST twin. Queries are recognised by the field they ask for, and answers hold
 * every field of a node that clients commonly read, selected or not.
 */
export function answerGraphql(request: Request, token: AccessToken): Answer {
  const { query = "", variables = {} } = request.body as { query?: string; variables?: Record<string, unknown> };
  for (const [field, run] of Object.entries(operations)) {
    const fields = argumentsOf(query, field, variables);
    if (fields) return run({ ...request, token, text: query, variables }, fields);
  }
  return failure(
    "undefinedField",
    "query",
    "This server answers reviewThreads, resolveReviewThread and minimizeComment.",
  );
}

interface GraphqlRequest extends Request {
  token: AccessToken;
  text: string;
  variables: Record<string, unknown>;
}

type Fields = Record<string, unknown>;

const operations: Record<string, (request: GraphqlRequest, fields: Fields) => Answer> = {
  resolveReviewThread: (request, fields) => setResolved(request, fields, "resolveReviewThread", true),
  unresolveReviewThread: (request, fields) => setResolved(request, fields, "unresolveReviewThread", false),
  minimizeComment,
  reviewThreads,
};

function reviewThreads(request: GraphqlRequest, page: Fields): Answer {
  const named = argumentsOf(request.text, "repository", request.variables) ?? {};
  const { number } = argumentsOf(request.text, "pullRequest", request.variables) ?? {};
  const repository = findRepository(request.state, String(named["owner"]), String(named["name"]));
  if (!repository || !sees(request, repository)) {
    const message = `Could not resolve to a Repository with the name '${String(named["owner"])}/${String(named["name"])}'.`;
    return failure("NOT_FOUND", "repository", message);
  }
  if (!may(request, "pull_requests", "read")) return forbidden("repository");
  const pull = repository.issues.filter(isPull).find((issue) => issue.number === Number(number));
  if (!pull) {
    const message = `Could not resolve to a PullRequest with the number of ${String(number)}.`;
    return failure("NOT_FOUND", "repository", message);
  }
  const threads = repository.reviewComments.filter((one) => one.pull === Number(number) && one.inReplyTo === null);
  const from = Number(page["after"] ?? 0);
  const to = from + Number(page["first"] ?? threads.length);
  const nodes = threads.slice(from, to).map((root) => presentThread(request, repository, root));
  const pageInfo = { hasNextPage: to < threads.length, endCursor: String(to) };
  const reviewThreads = { totalCount: threads.length, nodes, pageInfo };
  return data({ repository: { pullRequest: { headRefOid: pull.pull.headSha, reviewThreads } } });
}

/** Needs `contents:write` although it changes no content; `pull_requests:write` alone is refused. */
function setResolved(request: GraphqlRequest, fields: Fields, field: string, resolved: boolean): Answer {
  const found = findComment(request, (comment) => nodeId("PRRT", comment.id) === fields["threadId"]);
  if (!found) return unknownNode(field, fields["threadId"]);
  if (!may(request, "contents", "write")) return forbidden(field);
  found.comment.resolved = resolved;
  found.comment.resolvedBy = resolved ? request.state.app.bot : null;
  return data({ [field]: { thread: presentThread(request, found.repository, found.comment) } });
}

function minimizeComment(request: GraphqlRequest, fields: Fields): Answer {
  const id = fields["subjectId"];
  const inReview = findComment(request, (comment) => nodeId("PRRC", comment.id) === id)?.comment;
  const onIssue = visible(request)
    .flatMap((repository) => repository.comments)
    .find((comment) => nodeId("IC", comment.id) === id);
  const comment = inReview ?? onIssue;
  if (!comment) return unknownNode("minimizeComment", id);
  if (!may(request, "pull_requests", "write") && !may(request, "issues", "write")) return forbidden("minimizeComment");
  comment.minimized = String(fields["classifier"]);
  const minimizedReason = comment.minimized.toLowerCase();
  return data({ minimizeComment: { minimizedComment: { isMinimized: true, minimizedReason } } });
}

function presentThread({ state }: GraphqlRequest, repository: Repository, root: ReviewComment) {
  const comments = repository.reviewComments.filter((one) => one === root || one.inReplyTo === root.id);
  const outdated = root.original.line !== null && root.current.line === null;
  return {
    id: nodeId("PRRT", root.id),
    isResolved: root.resolved,
    resolvedBy: root.resolvedBy && presentAuthor(root.resolvedBy),
    isOutdated: outdated,
    path: root.current.path,
    line: root.current.line,
    startLine: root.current.startLine,
    originalLine: root.original.line,
    diffSide: root.original.side,
    subjectType: root.original.subject.toUpperCase(),
    comments: {
      totalCount: comments.length,
      nodes: comments.map((comment) => ({
        id: nodeId("PRRC", comment.id),
        databaseId: comment.id,
        body: comment.body,
        author: presentAuthor(comment.author),
        createdAt: comment.createdAt,
        updatedAt: comment.updatedAt,
        url: presentReviewComment(state, repository, comment).html_url,
        isMinimized: comment.minimized !== null,
        minimizedReason: comment.minimized?.toLowerCase() ?? null,
        outdated,
        reactions: presentReactions(comment.reactions),
      })),
      pageInfo: { hasNextPage: false, endCursor: null },
    },
  };
}

const reactionContents: Record<string, string> = { "+1": "THUMBS_UP", "-1": "THUMBS_DOWN" };

/** `user` is a User: null for bots, and for accounts that are gone. */
function presentReactions(reactions: readonly Reaction[]) {
  const nodes = reactions.map(({ id, author, content, createdAt }) => ({
    id: nodeId("REA", id),
    content: reactionContents[content] ?? content.toUpperCase(),
    createdAt,
    user: author.type === "User" && !author.deleted ? { login: author.login } : null,
  }));
  return { totalCount: nodes.length, nodes, pageInfo: { hasNextPage: false, endCursor: null } };
}

/** GraphQL names a bot without the `[bot]` that REST writes behind it. */
function presentAuthor(user: User) {
  return { __typename: user.type, login: user.login.replace(/\[bot\]$/, "") };
}

/**
 * The arguments of a field, from literals and variables: `field(a: 1, b: $b)` and `field(input: {a: 1})` and
 * `field(input: $input)` alike. Undefined where the query does not name the field.
 */
function argumentsOf(query: string, field: string, variables: Record<string, unknown>): Fields | undefined {
  // Not an operation that somebody named after the field: its parentheses declare variables.
  const text = new RegExp(`(?<!\\b(?:query|mutation)\\s+)\\b${field}\\s*\\(([^)]*)\\)`).exec(query)?.[1];
  if (text === undefined) return undefined;
  const fields: Fields = {};
  for (const [, name = "", value = ""] of text.matchAll(/(\w+)\s*:\s*("[^"]*"|[$\w]+)/g)) {
    const read = value.startsWith("$") ? variables[value.slice(1)] : value.replace(/^"|"$/g, "");
    if (name === "input") Object.assign(fields, read);
    else if (read !== null) fields[name] = read;
  }
  return fields;
}

function findComment(request: GraphqlRequest, matches: (comment: ReviewComment) => boolean) {
  for (const repository of visible(request)) {
    const comment = repository.reviewComments.find(matches);
    if (comment) return { repository, comment };
  }
  return undefined;
}

function visible(request: GraphqlRequest): Repository[] {
  return [...request.state.repositories.values()].filter((repository) => sees(request, repository));
}

function sees({ token }: GraphqlRequest, repository: Repository): boolean {
  return token.repositories.has(repositoryName(repository).toLowerCase());
}

function may({ token }: GraphqlRequest, permission: string, level: AccessLevel): boolean {
  return allows(token.permissions, permission, level);
}

function data(value: object): Answer {
  return { status: 200, json: { data: value } };
}

function unknownNode(field: string, id: unknown): Answer {
  return failure("NOT_FOUND", field, `Could not resolve to a node with the global id of '${String(id)}'`);
}

function forbidden(field: string): Answer {
  return failure("FORBIDDEN", field, "Resource not accessible by integration");
}

/** GraphQL answers 200 even when it refuses. */
function failure(type: string, field: string, message: string): Answer {
  return { status: 200, json: { data: { [field]: null }, errors: [{ type, path: [field], message }] } };
}
