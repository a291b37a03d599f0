import { git, gitText } from "../../../../src/shared/git.ts";
import { resolveCommit } from "../commits.ts";
import { notFound, validationFailed } from "../errors.ts";
import { githubLimits } from "../github-limits.ts";
import { associationOf, presentRollup } from "../present/issues.ts";
import { presentPullSimple } from "../present/pulls.ts";
import { repositoryPage, repositoryUrl } from "../present/repositories.ts";
import { presentUser } from "../present/users.ts";
import { type Answer, json, paged, repositoryRoute, type RepositoryRequest, type Route } from "../router.ts";
import { type CommitComment, isPull, newId, nodeId, type Pull, type Repository, timestamp } from "../state.ts";

/** An app may comment on a commit that it may read, but change its own comment only with the right to push. */
export const commitRoutes: Route[] = [
  repositoryRoute("GET /commits/{commit_sha}/comments", ["metadata:read"], async (request) => {
    const commit = await commitOf(request);
    const comments = request.repository.commitComments.filter((one) => one.commit === commit);
    return paged(request, comments, (one) => presentComment(request, one));
  }),
  repositoryRoute("POST /commits/{commit_sha}/comments", ["contents:read"], createComment),
  repositoryRoute("PATCH /comments/{comment_id}", ["contents:write"], updateComment),
  repositoryRoute("GET /commits/{commit_sha}/pulls", ["pull_requests:read"], listPulls),
];

async function createComment(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, actor } = request;
  const at = timestamp(state);
  const body = checkedBody(request);
  const comment = {
    id: newId(state),
    commit: await commitOf(request),
    author: actor,
    body,
    createdAt: at,
    updatedAt: at,
  };
  repository.commitComments.push(comment);
  return json(presentComment(request, comment), 201);
}

function updateComment(request: RepositoryRequest): Answer {
  const comment = request.repository.commitComments.find(({ id }) => id === Number(request.params["comment_id"]));
  if (!comment) throw notFound();
  comment.body = checkedBody(request);
  comment.updatedAt = timestamp(request.state);
  return json(presentComment(request, comment));
}

function checkedBody({ body }: RepositoryRequest): string {
  const text = String(body["body"]);
  if (text.length > githubLimits.bodyCharacters) {
    throw validationFailed(
      "CommitComment",
      "body",
      `body is too long (maximum is ${githubLimits.bodyCharacters} characters)`,
    );
  }
  return text;
}

/** Open pull requests that have the commit, and merged ones that brought it. */
async function listPulls(request: RepositoryRequest): Promise<Answer> {
  const { state, repository } = request;
  const commit = await commitOf(request);
  const of: Pull[] = [];
  for (const pull of repository.issues.filter(isPull)) {
    const counts = pull.state === "open" || pull.pull.mergedAt !== null;
    if (counts && (await hasCommit(repository, pull, commit))) of.push(pull);
  }
  return paged(request, of, (pull) => presentPullSimple(state, repository, pull));
}

/** The commit is one of the pull request's own, or the one that merged it. */
async function hasCommit({ gitDir }: Repository, { pull }: Pull, commit: string): Promise<boolean> {
  const own = await gitText(gitDir, ["rev-list", `${pull.baseSha}..${pull.headSha}`]);
  const parents = await git(gitDir, ["rev-parse", `${commit}^@`], { okCodes: [0, 128] });
  const merges = pull.mergedAt !== null && parents.toString("utf8").split("\n").includes(pull.headSha);
  return merges || own.split("\n").includes(commit);
}

async function commitOf({ repository, params }: RepositoryRequest): Promise<string> {
  const commit = await resolveCommit(repository.gitDir, params["commit_sha"] ?? "");
  if (!commit) throw notFound();
  return commit;
}

function presentComment({ state, repository }: RepositoryRequest, comment: CommitComment) {
  const url = `${repositoryUrl(state, repository)}/comments/${comment.id}`;
  return {
    html_url: `${repositoryPage(state, repository)}/commit/${comment.commit}#commitcomment-${comment.id}`,
    url,
    id: comment.id,
    node_id: nodeId("CC", comment.id),
    body: comment.body,
    path: null,
    position: null,
    line: null,
    commit_id: comment.commit,
    user: presentUser(state, comment.author),
    created_at: comment.createdAt,
    updated_at: comment.updatedAt,
    author_association: associationOf(repository, comment.author.login),
    reactions: presentRollup(`${url}/reactions`, []),
  };
}
