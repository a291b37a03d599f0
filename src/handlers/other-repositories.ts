import type { Octokit } from "@octokit/rest";
import type { Engram } from "../engram/engram.ts";
import type { Publisher } from "../publish/publisher.ts";
import { allowedRepositories } from "../retrieval/evidence-scope.ts";
import { createGitHubAccess } from "../retrieval/github-access.ts";
import type { OtherRepository } from "../retrieval/similar-code.ts";
import { AssistantError } from "../shared/errors.ts";
import { type RepositoryId, repositoryKey } from "../shared/repository.ts";
import { folderOf, type ServerServices } from "../services.ts";

export interface OpenRepositories {
  others: OpenRepository[];
  /** The publisher, which first asks once more whether all of these may be shown: one may have been made private meanwhile. */
  guard(publisher: Publisher): Publisher;
  close(): void;
}

export interface OpenRepository extends OtherRepository {
  /** Its mirror: where citations of it are looked up. */
  gitDir: string;
}

/**
 * Repositories whose code may be shown beside that of the subject: listed by the operator, borne out by GitHub for every
 * run, and served here already. The caller closes what it is handed.
 */
export async function openOtherRepositories(
  subject: RepositoryId,
  services: ServerServices,
  octokit: Octokit,
  signal: AbortSignal,
): Promise<OpenRepositories> {
  const { config, engrams, log } = services;
  const access = createGitHubAccess(octokit, signal);
  const { allowed, refused } = await allowedRepositories(subject, config.evidence, access);
  for (const { repository, reason } of refused)
    log.warn({ repository: repositoryKey(repository), reason }, "not cited");
  const opened: Engram[] = [];
  const others: OpenRepository[] = [];
  for (const repository of allowed) {
    const key = repositoryKey(repository);
    const engram = await engrams.open(key);
    if (engram === null) {
      log.warn({ repository: key }, "not cited: this server has not read it yet");
      continue;
    }
    opened.push(engram);
    const { commit } = engram.info();
    others.push({ repository, view: engram, citeCommit: () => commit, gitDir: folderOf(config.home.mirrors, key) });
  }
  async function stillAllowed(): Promise<void> {
    if (others.length === 0) return;
    const now = await allowedRepositories(subject, config.evidence, access);
    const keys = new Set(now.allowed.map(repositoryKey));
    const gone = others.find(({ repository }) => !keys.has(repositoryKey(repository)));
    if (gone === undefined) return;
    throw new AssistantError(`${repositoryKey(gone.repository)} may not be cited here any more`, {
      code: "may-not-be-cited",
      remedy: "Nothing: the review is made again without it.",
      transient: true,
    });
  }
  return {
    others,
    guard: (publisher) => ({
      publish: async (outcome, until) => {
        await stillAllowed();
        return publisher.publish(outcome, until);
      },
    }),
    close: () => {
      for (const engram of opened) engram.close();
    },
  };
}
