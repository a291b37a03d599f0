import { listCommits } from "../commits.ts";
import { diffText, mergeBase, pullDiff } from "../diff.ts";
import { HttpError, notFound } from "../errors.ts";
import { githubLimits } from "../github-limits.ts";
import { presentCommit, presentDiffFile } from "../present/commits.ts";
import { presentPull, presentPullSimple } from "../present/pulls.ts";
import { type Answer, json, paged, repositoryRoute, type RepositoryRequest, type Route, wants } from "../router.ts";
import { isPull, type Pull } from "../state.ts";

const read = ["pull_requests:read"];

export const pullRoutes: Route[] = [
  repositoryRoute("GET /pulls", read, listPulls),
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
    .filter((pull) => !headRef || (headOwner === repository.owner.login && pull.pull.headRef === headRef));
  const sorted = pulls.toSorted(issueOrder(query.get("sort") ?? "created", query.get("direction")));
  return paged(request, sorted, (pull) => presentPullSimple(state, repository, pull));
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
