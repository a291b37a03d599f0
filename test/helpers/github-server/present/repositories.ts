import { type GitHubState, nodeId, type Repository, repositoryName } from "../state.ts";
import { presentUser } from "./users.ts";

/** The address of a repository in the API, without a final slash. */
export function repositoryUrl(state: GitHubState, repository: Repository): string {
  return `${state.urls.api}/repos/${repositoryName(repository)}`;
}

/** The address of a repository for people. */
export function repositoryPage(state: GitHubState, repository: Repository): string {
  return `${state.urls.html}/${repositoryName(repository)}`;
}

/** `repository` of the API: inside pull requests, webhooks and lists. */
export function presentRepository(state: GitHubState, repository: Repository) {
  const page = repositoryPage(state, repository);
  const openIssues = repository.issues.filter((issue) => issue.state === "open").length;
  return {
    id: repository.id,
    node_id: nodeId("R", repository.id),
    name: repository.name,
    full_name: repositoryName(repository),
    private: true,
    visibility: "private",
    owner: presentUser(state, repository.owner),
    description: repository.description,
    fork: false,
    html_url: page,
    git_url: page.replace(/^https?:/, "git:") + ".git",
    ssh_url: `git@${new URL(page).hostname}:${repositoryName(repository)}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    ...links(repositoryUrl(state, repository)),
    homepage: null,
    mirror_url: null,
    language: null,
    license: null,
    topics: [],
    size: 0,
    archived: false,
    disabled: false,
    is_template: false,
    web_commit_signoff_required: false,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_discussions: false,
    has_downloads: true,
    allow_forking: false,
    forks: 0,
    forks_count: 0,
    stargazers_count: 0,
    watchers: 0,
    watchers_count: 0,
    open_issues: openIssues,
    open_issues_count: openIssues,
    default_branch: repository.defaultBranch,
    created_at: repository.createdAt,
    updated_at: repository.createdAt,
    pushed_at: repository.createdAt,
  };
}

/** `full-repository`: what `GET /repos/{owner}/{repo}` answers. */
export function presentFullRepository(state: GitHubState, repository: Repository) {
  return { ...presentRepository(state, repository), network_count: 0, subscribers_count: 0 };
}

function links(url: string) {
  return {
    url,
    archive_url: `${url}/{archive_format}{/ref}`,
    assignees_url: `${url}/assignees{/user}`,
    blobs_url: `${url}/git/blobs{/sha}`,
    branches_url: `${url}/branches{/branch}`,
    collaborators_url: `${url}/collaborators{/collaborator}`,
    comments_url: `${url}/comments{/number}`,
    commits_url: `${url}/commits{/sha}`,
    compare_url: `${url}/compare/{base}...{head}`,
    contents_url: `${url}/contents/{+path}`,
    contributors_url: `${url}/contributors`,
    deployments_url: `${url}/deployments`,
    downloads_url: `${url}/downloads`,
    events_url: `${url}/events`,
    forks_url: `${url}/forks`,
    git_commits_url: `${url}/git/commits{/sha}`,
    git_refs_url: `${url}/git/refs{/sha}`,
    git_tags_url: `${url}/git/tags{/sha}`,
    hooks_url: `${url}/hooks`,
    issue_comment_url: `${url}/issues/comments{/number}`,
    issue_events_url: `${url}/issues/events{/number}`,
    issues_url: `${url}/issues{/number}`,
    keys_url: `${url}/keys{/key_id}`,
    labels_url: `${url}/labels{/name}`,
    languages_url: `${url}/languages`,
    merges_url: `${url}/merges`,
    milestones_url: `${url}/milestones{/number}`,
    notifications_url: `${url}/notifications{?since,all,participating}`,
    pulls_url: `${url}/pulls{/number}`,
    releases_url: `${url}/releases{/id}`,
    stargazers_url: `${url}/stargazers`,
    statuses_url: `${url}/statuses/{sha}`,
    subscribers_url: `${url}/subscribers`,
    subscription_url: `${url}/subscription`,
    tags_url: `${url}/tags`,
    teams_url: `${url}/teams`,
    trees_url: `${url}/git/trees{/sha}`,
  };
}
