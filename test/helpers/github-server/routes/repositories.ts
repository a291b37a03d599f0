import { gitText } from "../../../../src/shared/git.ts";
import { commitCount, listCommits, readCommit, resolveCommit } from "../commits.ts";
import { diffBetween, diffText, mergeBase } from "../diff.ts";
import { HttpError, notFound } from "../errors.ts";
import { githubLimits } from "../github-limits.ts";
import { presentCommit, presentDiffFile } from "../present/commits.ts";
import { presentLabel } from "../present/issues.ts";
import { presentFullRepository, repositoryPage, repositoryUrl } from "../present/repositories.ts";
import { presentUser } from "../present/users.ts";
import { type Answer, json, paged, repositoryRoute, type RepositoryRequest, type Route, wants } from "../router.ts";
import { type Role } from "../state.ts";

const contents = ["contents:read"];

export const repositoryRoutes: Route[] = [
  repositoryRoute("GET ", ["metadata:read"], ({ state, repository }) => json(presentFullRepository(state, repository))),
  repositoryRoute("GET /labels", ["issues:read", "pull_requests:read"], (request) =>
    paged(request, request.repository.labels, (label) => presentLabel(request.state, request.repository, label)),
  ),
  repositoryRoute("GET /collaborators", ["metadata:read"], collaborators),
  repositoryRoute("GET /collaborators/{username}/permission", ["metadata:read"], permission),
  repositoryRoute("GET /branches", contents, listBranches),
  repositoryRoute("GET /branches/{branch}", contents, getBranch),
  repositoryRoute("GET /commits", contents, getCommits),
  repositoryRoute("GET /commits/{ref}", contents, getCommit),
  repositoryRoute("GET /compare/{basehead}", contents, compare),
];

const roleRank: Record<Role, number> = { none: 0, read: 1, triage: 2, write: 3, maintain: 4, admin: 5 };
/** The legacy `permission` field knows neither triage nor maintain. */
const legacyPermission: Record<Role, string> = {
  none: "none",
  read: "read",
  triage: "read",
  write: "write",
  maintain: "write",
  admin: "admin",
};

/** Everybody with a role; nobody here is a member of an organisation. */
function collaborators(request: RepositoryRequest): Answer {
  const { state, repository } = request;
  const readers = [...repository.roles].filter(([, role]) => roleRank[role] > 0);
  return paged(request, readers, ([login, role]) => {
    const user = state.users.get(login);
    if (!user) throw notFound();
    return { ...presentUser(state, user), permissions: permissionsOf(role), role_name: role };
  });
}

function permission({ state, repository, params }: RepositoryRequest): Answer {
  const user = state.users.get((params["username"] ?? "").toLowerCase());
  if (!user) throw notFound();
  const role = repository.roles.get(user.login.toLowerCase()) ?? "none";
  return json({
    permission: legacyPermission[role],
    role_name: role,
    user: { ...presentUser(state, user), permissions: permissionsOf(role), role_name: role },
  });
}

function permissionsOf(role: Role) {
  const has = (least: Role) => roleRank[role] >= roleRank[least];
  return {
    pull: has("read"),
    triage: has("triage"),
    push: has("write"),
    maintain: has("maintain"),
    admin: has("admin"),
  };
}

async function listBranches(request: RepositoryRequest): Promise<Answer> {
  const { state, repository } = request;
  const output = await gitText(repository.gitDir, [
    "for-each-ref",
    "--format=%(objectname) %(refname:lstrip=2)",
    "refs/heads",
  ]);
  return paged(request, output.split("\n").filter(Boolean), (line) => {
    const space = line.indexOf(" ");
    const sha = line.slice(0, space);
    const commit = { sha, url: `${repositoryUrl(state, repository)}/commits/${sha}` };
    return { name: line.slice(space + 1), commit, protected: false };
  });
}

async function getBranch({ state, repository, params }: RepositoryRequest): Promise<Answer> {
  const name = params["branch"] ?? "";
  const sha = await resolveCommit(repository.gitDir, `refs/heads/${name}`);
  if (!sha) throw new HttpError(404, "Branch not found");
  const self = `${repositoryUrl(state, repository)}/branches/${name}`;
  return json({
    name,
    commit: presentCommit(state, repository, await readCommit(repository.gitDir, sha)),
    _links: { self, html: `${repositoryPage(state, repository)}/tree/${name}` },
    protected: false,
    protection: { enabled: false },
    protection_url: `${self}/protection`,
  });
}

async function getCommits(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, query } = request;
  const start = await resolveCommit(repository.gitDir, query.get("sha") ?? repository.defaultBranch);
  if (!start) throw notFound();
  const filters = ["since", "until"].flatMap((name) => (query.has(name) ? [`--${name}=${query.get(name)}`] : []));
  const path = query.get("path");
  const commits = await listCommits(repository.gitDir, [...filters, start, "--", ...(path ? [path] : [])]);
  return paged(request, commits, (commit) => presentCommit(state, repository, commit));
}

async function getCommit(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, params } = request;
  const sha = await resolveCommit(repository.gitDir, params["ref"] ?? "");
  if (!sha) throw new HttpError(422, `No commit found for SHA: ${params["ref"]}`);
  if (wants(request, "sha"))
    return { status: 200, text: sha, contentType: "application/vnd.github.sha; charset=utf-8" };
  const commit = await readCommit(repository.gitDir, sha);
  const parent = commit.parents[0] ?? emptyTree;
  if (wants(request, "diff")) return diffAnswer(await diffText(repository, parent, sha));
  const files = await diffBetween(repository, parent, sha);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  return json({
    ...presentCommit(state, repository, commit),
    stats: { additions, deletions, total: additions + deletions },
    files: files.slice(0, githubLimits.diffFiles).map((file) => presentDiffFile(state, repository, file, sha)),
  });
}

async function compare(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, params } = request;
  const [baseName = "", headName = ""] = (params["basehead"] ?? "").split("...");
  const base = await resolveCommit(repository.gitDir, baseName);
  const head = await resolveCommit(repository.gitDir, headName);
  if (!base || !head) throw notFound();
  const from = await mergeBase(repository, base, head);
  if (wants(request, "diff")) return diffAnswer(await diffText(repository, from, head));
  const ahead = await commitCount(repository, base, head);
  const behind = await commitCount(repository, head, base);
  const commits = await listCommits(repository.gitDir, [
    `--max-count=${githubLimits.listedCommits}`,
    `${base}..${head}`,
  ]);
  const present = (sha: string) =>
    readCommit(repository.gitDir, sha).then((commit) => presentCommit(state, repository, commit));
  const url = `${repositoryUrl(state, repository)}/compare/${baseName}...${headName}`;
  const page = `${repositoryPage(state, repository)}/compare/${baseName}...${headName}`;
  const files = await diffBetween(repository, from, head);
  return json({
    url,
    html_url: page,
    permalink_url: `${repositoryPage(state, repository)}/compare/${base}...${head}`,
    diff_url: `${page}.diff`,
    patch_url: `${page}.patch`,
    base_commit: await present(base),
    merge_base_commit: await present(from),
    status: comparison(ahead, behind),
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.reverse().map((commit) => presentCommit(state, repository, commit)),
    files: files.slice(0, githubLimits.diffFiles).map((file) => presentDiffFile(state, repository, file, head)),
  });
}

function comparison(ahead: number, behind: number): string {
  if (ahead > 0 && behind > 0) return "diverged";
  if (ahead > 0) return "ahead";
  return behind > 0 ? "behind" : "identical";
}

/** git knows this tree in every repository. */
const emptyTree = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

function diffAnswer(text: string): Answer {
  return { status: 200, text, contentType: "application/vnd.github.diff; charset=utf-8" };
}
