import {
  type CheckAnnotation,
  type CheckRun,
  type CommitStatus,
  type GitHubState,
  isPull,
  nodeId,
  type Repository,
} from "../state.ts";
import { presentApp } from "./apps.ts";
import { repositoryPage, repositoryUrl } from "./repositories.ts";
import { presentUser } from "./users.ts";

/** `check-run` of the API. */
export function presentCheckRun(state: GitHubState, repository: Repository, run: CheckRun) {
  const url = `${repositoryUrl(state, repository)}/check-runs/${run.id}`;
  return {
    id: run.id,
    node_id: nodeId("CR", run.id),
    name: run.name,
    head_sha: run.headSha,
    external_id: run.externalId,
    url,
    html_url: `${repositoryPage(state, repository)}/runs/${run.id}`,
    details_url: run.detailsUrl,
    status: run.status,
    conclusion: run.conclusion,
    started_at: run.startedAt,
    completed_at: run.completedAt,
    output: {
      title: run.title,
      summary: run.summary,
      text: run.text,
      annotations_count: run.annotations.length,
      annotations_url: `${url}/annotations`,
    },
    check_suite: null,
    app: { ...presentApp(state), ...(run.appSlug !== undefined && { slug: run.appSlug }) },
    pull_requests: repository.issues
      .filter(isPull)
      // GitHub names no pull requests of forks here.
      .filter(
        ({ state: is, pull }) => is === "open" && pull.headSha === run.headSha && pull.headRepository === repository,
      )
      .map((pull) => ({
        id: pull.pull.id,
        number: pull.number,
        url: `${repositoryUrl(state, repository)}/pulls/${pull.number}`,
        head: presentSide(state, repository, pull.pull.headRef, pull.pull.headSha),
        base: presentSide(state, repository, pull.pull.baseRef, pull.pull.baseSha),
      })),
  };
}

export function presentAnnotation(state: GitHubState, repository: Repository, run: CheckRun, one: CheckAnnotation) {
  return {
    start_column: null,
    end_column: null,
    title: null,
    raw_details: null,
    ...one,
    blob_href: `${repositoryPage(state, repository)}/blob/${run.headSha}/${one.path}`,
  };
}

/** `status` of the API. */
export function presentStatus(state: GitHubState, repository: Repository, status: CommitStatus) {
  const creator = presentUser(state, status.author);
  return {
    id: status.id,
    node_id: nodeId("SC", status.id),
    url: `${repositoryUrl(state, repository)}/statuses/${status.sha}`,
    avatar_url: creator.avatar_url,
    state: status.state,
    context: status.context,
    description: status.description,
    target_url: status.targetUrl,
    created_at: status.createdAt,
    updated_at: status.createdAt,
    creator,
  };
}

function presentSide(state: GitHubState, repository: Repository, ref: string, sha: string) {
  return { ref, sha, repo: { id: repository.id, name: repository.name, url: repositoryUrl(state, repository) } };
}
