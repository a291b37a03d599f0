import { AssistantError } from "../shared/errors.ts";
import type { ServerServices } from "../services.ts";
import type { JobContext, JobOf } from "./job-context.ts";
import { forgetDocuments, remembersPull } from "./specifications.ts";

/**
 * A pull request was closed. What one of ours was made by stays known where it was merged; where it was not, nobody wanted it,
 * and the next request must not be read with it. No request for any other pull request.
 */
export async function forgetUnmerged(
  { repository, number }: JobOf<"closed">,
  services: ServerServices,
  open: () => Promise<JobContext>,
): Promise<void> {
  const { knowledge } = services.config.home;
  try {
    if (!(await remembersPull(knowledge, repository, number))) return;
    const { octokit } = await open();
    const { owner, name: repo } = repository;
    const { data } = await octokit.rest.pulls.get({ owner, repo, pull_number: number });
    if (data.state === "closed" && !data.merged) await forgetDocuments(knowledge, repository, number);
  } catch (error) {
    if (!(error instanceof AssistantError)) throw error;
    services.log.warn({ err: error, number }, "the plan of a pull request that was closed is still known");
  }
}
