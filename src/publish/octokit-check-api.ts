import type { RepositoryId } from "../shared/repository.ts";
import type { CheckAnnotation, CheckApi } from "./check-api.ts";
import { permitted } from "./github-errors.ts";
import { plainAbort, type GitHubClient } from "./octokit-comment-api.ts";
import type { AppIdentity } from "./own-comments.ts";

const write = "checks: write";

/** @param identity whose check runs are ours: other apps may give theirs the same name */
export function createOctokitCheckApi(
  octokit: GitHubClient,
  { owner, name: repo }: RepositoryId,
  identity: AppIdentity,
  signal?: AbortSignal,
): CheckApi {
  const { checks, pulls } = octokit.rest;
  const aborted = signal && plainAbort(signal);
  const read = { owner, repo, request: { signal: aborted } };
  // Neither is repeated by Octokit: annotations of a lost answer would stand there twice. The next run looks first.
  const once = { owner, repo, request: { signal: aborted, retries: 0 } };

  return {
    async checkRuns(head) {
      // `latest`, the default, hides one of two runs with the same name: those of two pull requests from one branch.
      const query = { ...read, ref: head, filter: "all" as const, per_page: 100 };
      const runs = await permitted("checks: read", octokit.paginate(checks.listForRef, query));
      return runs
        .filter(({ app }) => `${app?.slug ?? ""}[bot]`.toLowerCase() === identity.login.toLowerCase())
        .map(({ id, external_id, status, conclusion, output }) => ({
          id,
          externalId: external_id ?? "",
          status,
          conclusion,
          title: output.title ?? "",
          summary: output.summary ?? "",
          annotations: output.annotations_count,
        }))
        .sort((a, b) => a.id - b.id);
    },

    async createCheckRun(run) {
      const { data } = await permitted(write, checks.create({ ...once, ...run }));
      return data.id;
    },

    async updateCheckRun(id, fields) {
      await permitted(write, checks.update({ ...once, check_run_id: id, ...fields }));
    },

    async annotations(id) {
      const query = { ...read, check_run_id: id, per_page: 100 };
      const found = await permitted("checks: read", octokit.paginate(checks.listAnnotations, query));
      return found.map(({ path, start_line, end_line, annotation_level, message, title }) => ({
        path,
        start_line,
        end_line,
        annotation_level: annotation_level as CheckAnnotation["annotation_level"],
        message: message ?? "",
        title: title ?? "",
      }));
    },

    async pullCommits(number) {
      const query = { ...read, pull_number: number, per_page: 100 };
      const commits = await permitted("pull_requests: read", octokit.paginate(pulls.listCommits, query));
      return commits.map(({ sha }) => sha);
    },
  };
}
