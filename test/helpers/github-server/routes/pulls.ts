import { openPull } from "../changes/pulls.ts";
import { commitCount, listCommits, resolveCommit } from "../commits.ts";
import { diffText, mergeBase, pullDiff } from "../diff.ts";
import { HttpError, notFound, validationFailed } from "../errors.ts";
import { githubLimits } from "../github-limits.ts";
import { presentCommit, presentDiffFile } from "../present/commits.ts";
import { presentPull, presentPullSimple } from "../present/pulls.ts";
import { type Answer, json, paged, repositoryRoute, type RepositoryRequest, type Route, wants } from "../router.ts";
import { isPull, type Pull } from "../state.ts";
import { originOf } from "./origin.ts";

const read = ["pull_requests:read"];

export const pullRoutes: Route[] = [
  repositoryRoute("GET /pulls", read, listPulls),
  repositoryRoute("POST /pulls", ["pull_requests:write"], createPull),
  repositoryRoute("GET /pulls/{pull_number}", read, getPull),
  repositoryRoute("GET /pulls/{pull_number}/files", read, listFiles),
  repositoryRoute("GET /pulls/{pull_number}/commits", read, listPullCommits),
];

/** Errors: HttpError 404 where the number is no pull request. */
export function pullOf({ repository, params }: RepositoryRequest): Pull {
  const issue = repository.issues.find((one) => one.number === Number(params["pull_number"]));
  if (!issue || !isPull(issue)) throw notFound();
  return issue;
}

function listPulls(request: RepositoryRequest): Answer {
  const { state, repository, query } = request;
  const wanted = query.get("state") ?? "open";
  const [headOwner, headRef] = (query.get("head") ?? "").split(":");
  const pulls = repository.issues
    .filter(isPull)
    .filter((pull) => wanted === "all" || pull.state === wanted)
    .filter((pull) => !query.has("base") || pull.pull.baseRef === query.get("base"))
    .filter(({ pull }) => !headRef || (headOwner === pull.headRepository?.owner.login && pull.headRef === headRef));
  const sorted = pulls.toSorted(issueOrder(query.get("sort") ?? "created", query.get("direction")));
  return paged(request, sorted, (pull) => presentPullSimple(state, repository, pull));
}

async function createPull(request: RepositoryRequest): Promise<Answer> {
  const { state, repository } = request;
  const { owner, gitDir } = repository;
  const { title, head, base, body, draft } = request.body as {
    title: string;
    head: string;
    base: string;
    body?: string;
    draft?: boolean;
  };
  if (draft && !repository.drafts) {
    throw new HttpError(422, "Draft pull requests are not supported in this repository.");
  }
  const branch = head.replace(`${owner.login}:`, "");
  const tips = {
    head: await resolveCommit(gitDir, `refs/heads/${branch}`),
    base: await resolveCommit(gitDir, `refs/heads/${base}`),
  };
  for (const field of ["head", "base"] as const) {
    if (tips[field] === null) throw validationFailed("PullRequest", field, `${field} is invalid`, "invalid");
  }
  if ((body ?? "").length > githubLimits.bodyCharacters) {
    const message = `body is too long (maximum is ${githubLimits.bodyCharacters} characters)`;
    throw validationFailed("PullRequest", "body", message);
  }
  const standing = repository.issues
    .filter(isPull)
    .find(({ state: is, pull }) => is === "open" && pull.headRepository === repository && pull.headRef === branch);
  if (standing) throw refusedPull(`A pull request already exists for ${owner.login}:${branch}.`);
  if ((await commitCount(repository, tips.base ?? "", tips.head ?? "")) === 0) {
    throw refusedPull(`No commits between ${base} and ${branch}`);
  }
  const pull = await openPull(originOf(request), { title, body: body ?? null, head: branch, base, draft });
  return json(await presentPull(state, repository, pull), 201);
}

function refusedPull(message: string): HttpError {
  return new HttpError(422, "Validation Failed", [{ resource: "PullRequest", code: "custom", message }]);
}

interface Ordered {
  createdAt: string;
  updatedAt: string;
  number: number;
}

/** GitHub lists newest first unless asked otherwise. */
export function issueOrder(sort: string, direction: string | null): (a: Ordered, b: Ordered) => number {
  const key = (issue: Ordered) => (sort === "updated" ? issue.updatedAt : issue.createdAt);
  const sign = direction === "asc" ? 1 : -1;
  return (a, b) => sign * (key(a) === key(b) ? a.number - b.number : key(a) < key(b) ? -1 : 1);
}

async function getPull(request: RepositoryRequest): Promise<Answer> {
  const { state, repository } = request;
  const pull = pullOf(request);
  if (!wants(request, "diff")) return json(await presentPull(state, repository, pull));

  const { baseSha, headSha } = pull.pull;
  const files = await pullDiff(repository, baseSha, headSha);
  const lines = files.reduce((sum, file) => sum + file.additions + file.deletions, 0);
  if (files.length > githubLimits.diffFiles)
    throw tooLarge(`the diff exceeded the maximum number of files (${githubLimits.diffFiles})`);
  if (lines > githubLimits.diffLines)
    throw tooLarge(`the diff exceeded the maximum number of lines (${githubLimits.diffLines})`);
  const text = await diffText(repository, await mergeBase(repository, baseSha, headSha), headSha);
  return { status: 200, text, contentType: "application/vnd.github.diff; charset=utf-8" };
}

function tooLarge(reason: string): HttpError {
  return new HttpError(
    406,
    `Sorry, ${reason}. Consider using 'List pull requests files' API or locally cloning the repository instead.`,
    [{ resource: "PullRequest", field: "diff", code: "too_large" }],
  );
}

async function listFiles(request: RepositoryRequest): Promise<Answer> {
  const { state, repository } = request;
  const { baseSha, headSha } = pullOf(request).pull;
  const files = await pullDiff(repository, baseSha, headSha);
  const listed = files.slice(0, githubLimits.listedFiles);
  return paged(request, listed, (file) => presentDiffFile(state, repository, file, headSha));
}

async function listPullCommits(request: RepositoryRequest): Promise<Answer> {
  const { state, repository } = request;
  const { baseSha, headSha } = pullOf(request).pull;
  const commits = await listCommits(repository.gitDir, ["--reverse", `${baseSha}..${headSha}`]);
  const listed = commits.slice(0, githubLimits.listedCommits);
  return paged(request, listed, (commit) => presentCommit(state, repository, commit));
}
