import { resolveCommit } from "../commits.ts";
import { notFound, validationFailed } from "../errors.ts";
import { presentAnnotation, presentCheckRun, presentStatus } from "../present/checks.ts";
import { presentRepository, repositoryUrl } from "../present/repositories.ts";
import { type Answer, json, paged, repositoryRoute, type RepositoryRequest, type Route } from "../router.ts";
import { type CheckAnnotation, type CheckRun, newId, timestamp } from "../state.ts";

/** GitHub's schema already caps annotations at 50 a request and texts at 65,535 characters. */
export const checkRoutes: Route[] = [
  repositoryRoute("POST /check-runs", ["checks:write"], createCheckRun),
  repositoryRoute("GET /check-runs/{check_run_id}", ["checks:read"], (request) => answer(request, runOf(request))),
  repositoryRoute("PATCH /check-runs/{check_run_id}", ["checks:write"], updateCheckRun),
  repositoryRoute("GET /check-runs/{check_run_id}/annotations", ["checks:read"], (request) => {
    const run = runOf(request);
    return paged(request, run.annotations, (one) => presentAnnotation(request.state, request.repository, run, one));
  }),
  repositoryRoute("GET /commits/{ref}/check-runs", ["checks:read"], listCheckRuns),
  repositoryRoute("POST /statuses/{sha}", ["statuses:write"], createStatus),
  repositoryRoute("GET /commits/{ref}/statuses", ["statuses:read"], async (request) => {
    const sha = await commitOf(request, request.params["ref"]);
    const statuses = request.repository.statuses.filter((status) => status.sha === sha).reverse();
    return paged(request, statuses, (status) => presentStatus(request.state, request.repository, status));
  }),
  repositoryRoute("GET /commits/{ref}/status", ["statuses:read"], combinedStatus),
];

interface CheckRunFields {
  name?: string;
  head_sha?: string;
  status?: string;
  conclusion?: string;
  details_url?: string;
  external_id?: string;
  started_at?: string;
  completed_at?: string;
  output?: { title?: string; summary?: string; text?: string; annotations?: CheckAnnotation[] };
}

async function createCheckRun(request: RepositoryRequest): Promise<Answer> {
  const { state, repository } = request;
  const fields = request.body as CheckRunFields;
  const headSha = await resolveCommit(repository.gitDir, fields.head_sha ?? "");
  if (!headSha) throw validationFailed("CheckRun", "head_sha", `No commit found for SHA: ${fields.head_sha}`);
  const run: CheckRun = {
    id: newId(state),
    name: fields.name ?? "",
    headSha,
    status: "queued",
    conclusion: null,
    detailsUrl: state.urls.html,
    externalId: "",
    title: null,
    summary: null,
    text: null,
    annotations: [],
    startedAt: timestamp(state),
    completedAt: null,
  };
  applyFields(request, run, fields);
  repository.checkRuns.push(run);
  return answer(request, run, 201);
}

function updateCheckRun(request: RepositoryRequest): Answer {
  const run = runOf(request);
  applyFields(request, run, request.body);
  return answer(request, run);
}

/** A conclusion completes the run; annotations are added to those of earlier requests. */
function applyFields({ state }: RepositoryRequest, run: CheckRun, fields: CheckRunFields): void {
  run.name = fields.name ?? run.name;
  run.detailsUrl = fields.details_url ?? run.detailsUrl;
  run.externalId = fields.external_id ?? run.externalId;
  run.startedAt = fields.started_at ?? run.startedAt;
  run.conclusion = fields.conclusion ?? run.conclusion;
  run.status = fields.conclusion ? "completed" : (fields.status ?? run.status);
  if (run.status === "completed") run.completedAt = fields.completed_at ?? run.completedAt ?? timestamp(state);
  if (!fields.output) return;
  run.title = fields.output.title ?? run.title;
  run.summary = fields.output.summary ?? run.summary;
  run.text = fields.output.text ?? run.text;
  run.annotations.push(...(fields.output.annotations ?? []));
}

async function listCheckRuns(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, query } = request;
  const sha = await commitOf(request, request.params["ref"]);
  const name = query.get("check_name");
  const ofCommit = repository.checkRuns.filter((run) => run.headSha === sha && (!name || run.name === name));
  // Of several runs with one name, the default shows the newest alone.
  const latest = new Set(new Map(ofCommit.map((run) => [`${run.appSlug ?? ""} ${run.name}`, run])).values());
  const runs = query.get("filter") === "all" ? ofCommit : ofCommit.filter((run) => latest.has(run));
  return paged(
    request,
    runs,
    (run) => presentCheckRun(state, repository, run),
    (check_runs, total_count) => ({ total_count, check_runs }),
  );
}

async function createStatus(request: RepositoryRequest): Promise<Answer> {
  const { state, repository, actor } = request;
  const fields = request.body as { state: string; context?: string; description?: string; target_url?: string };
  const status = {
    id: newId(state),
    sha: await commitOf(request, request.params["sha"]),
    state: fields.state,
    context: fields.context ?? "default",
    description: fields.description ?? null,
    targetUrl: fields.target_url ?? null,
    author: actor,
    createdAt: timestamp(state),
  };
  repository.statuses.push(status);
  return json(presentStatus(state, repository, status), 201);
}

/** The newest status of each context decides. */
async function combinedStatus(request: RepositoryRequest): Promise<Answer> {
  const { state, repository } = request;
  const sha = await commitOf(request, request.params["ref"]);
  const ofCommit = repository.statuses.filter((status) => status.sha === sha);
  const latest = [...new Map(ofCommit.map((status) => [status.context, status])).values()];
  const states = latest.map((status) => status.state);
  const failed = states.includes("failure") || states.includes("error");
  const green = states.length > 0 && states.every((one) => one === "success");
  const url = `${repositoryUrl(state, repository)}/commits/${sha}`;
  return json({
    state: failed ? "failure" : green ? "success" : "pending",
    sha,
    total_count: latest.length,
    statuses: latest.map((status) => presentStatus(state, repository, status)),
    repository: presentRepository(state, repository),
    commit_url: url,
    url: `${url}/status`,
  });
}

async function commitOf({ repository }: RepositoryRequest, revision = ""): Promise<string> {
  const commit = await resolveCommit(repository.gitDir, revision);
  if (!commit) throw notFound();
  return commit;
}

function runOf({ repository, params }: RepositoryRequest): CheckRun {
  const run = repository.checkRuns.find((one) => one.id === Number(params["check_run_id"]));
  if (!run) throw notFound();
  return run;
}

function answer({ state, repository }: RepositoryRequest, run: CheckRun, status = 200): Answer {
  return json(presentCheckRun(state, repository, run), status);
}
