import type { Logger } from "pino";
import { AssistantError } from "../shared/errors.ts";
import type { PersonalDataKind } from "../shared/personal-data.ts";
import type { RepositoryId } from "../shared/repository.ts";
import { createOctokitCheckApi } from "./octokit-check-api.ts";
import { createOctokitCommentApi, type GitHubClient } from "./octokit-comment-api.ts";
import type { AppIdentity } from "./own-comments.ts";
import { publishOutcome } from "./publish-outcome.ts";
import type { Publisher } from "./publisher.ts";

export interface GitHubPublisherOptions {
  /** Authenticated for the repository's installation. Its throttle spaces the writes. */
  octokit: GitHubClient;
  repository: RepositoryId;
  identity: AppIdentity;
  /** Publishes what was read of a head that is not the newest any more, and says so. Default: `stale-head`. */
  olderHead?: boolean;
  /** Whether a check run is completed beside the review (`review.check`). */
  check?: boolean;
  /** Kinds of personal data that are not written (`hygiene.personal_data`). */
  personalData?: readonly PersonalDataKind[];
  log: Pick<Logger, "info">;
}

/**
 * Writes outcomes to GitHub.
 * Errors: as Publisher.publish; `github-limited` is a GitHubLimitedError with the time to try again;
 * `github-unavailable` (transient) when GitHub fails or cannot be reached; `no-subject` for the outcome of a local clone.
 */
export function createGitHubPublisher(options: GitHubPublisherOptions): Publisher {
  const { octokit, repository, identity, olderHead, check, personalData, log } = options;
  return {
    async publish(outcome, signal) {
      if (!outcome.subject) {
        throw new AssistantError("there is no pull request or issue to write to", {
          code: "no-subject",
          remedy: "Print the outcome instead, or name the pull request or issue.",
        });
      }
      const api = createOctokitCommentApi(octokit, repository, signal);
      const checks = check ? createOctokitCheckApi(octokit, repository, identity, signal) : undefined;
      const receipt = await publishOutcome(
        { api, checks, repository, identity, olderHead, personalData },
        outcome.subject.number,
        outcome,
      );
      log.info({ outcome: outcome.kind, number: outcome.subject.number, ...receipt }, "published");
      return receipt;
    },
  };
}
