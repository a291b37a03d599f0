import type { Octokit } from "@octokit/rest";
import { installationClient } from "../config/github-app.ts";
import { organisationRepository } from "../config/organisation-config.ts";
import { parseRepositoryConfig, type RepositoryConfig, repositoryConfigPath } from "../config/repository-config.ts";
import type { Place } from "../intake/unhandled.ts";
import type { ServerServices } from "../services.ts";

export interface InstalledPlace extends Place {
  /** GitHub's id of the repository: it stays when the name changes. */
  id: number;
  octokit: Octokit;
  defaultBranch: string;
  /** Of the newest push, as GitHub writes times; null where there was none. */
  pushedAt: string | null;
  /** Nothing can be written there. */
  archived: boolean;
}

/**
 * Every repository that the app can see, installation by installation.
 * @param missed called where some cannot be read: an installation is suspended, or GitHub does not answer
 */
export async function* installedPlaces(
  { probot, config, log }: ServerServices,
  missed: () => void = () => {},
): AsyncGenerator<InstalledPlace> {
  const { host } = config.github;
  const app = (await probot.auth()) as unknown as Octokit;
  for await (const { data: installations } of app.paginate.iterator(app.rest.apps.listInstallations, full)) {
    for (const { id: installationId, created_at, suspended_at } of installations) {
      if (suspended_at) {
        missed();
        continue;
      }
      const installedAt = Date.parse(created_at);
      const octokit = (await installationClient(probot, installationId)) as unknown as Octokit;
      try {
        const pages = octokit.paginate.iterator(octokit.rest.apps.listReposAccessibleToInstallation, full);
        for await (const { data } of pages) {
          for (const { id, name, owner, default_branch: defaultBranch, pushed_at, archived } of data) {
            const repository = { host, owner: owner.login, name, id };
            const pushedAt = pushed_at ?? null;
            yield { id, repository, installationId, installedAt, octokit, defaultBranch, pushedAt, archived };
          }
        }
      } catch (error) {
        // One account that is in the way (uninstalled meanwhile, its limit used up) must not hold up the others.
        missed();
        log.warn({ err: error, installation: installationId }, "the repositories of an installation cannot be read");
      }
    }
  }
}

const full = { per_page: 100 } as const;

/**
 * The rules of a repository's default branch, asked from GitHub; a file that is not valid means the defaults. `acts` is
 * whether they let anything happen unasked.
 */
export async function rulesOfPlace(
  { repository, installationId, octokit }: Pick<InstalledPlace, "repository" | "installationId" | "octokit">,
  { config: { modes }, organisationConfigs }: Pick<ServerServices, "config" | "organisationConfigs">,
): Promise<{ config: RepositoryConfig; acts: boolean }> {
  const { owner, name } = repository;
  const own = await ownConfig(octokit, owner, name);
  const shared = own !== null || name.toLowerCase() === organisationRepository;
  const text = shared ? own : await organisationConfigs.read(owner, installationId);
  const { config } = parseRepositoryConfig(text, { mode: modes.unset });
  const mode = modes.always ?? config.mode;
  return { config: { ...config, mode }, acts: mode === "auto" || mode === "preview" };
}

async function ownConfig(octokit: Octokit, owner: string, repo: string): Promise<string | null> {
  try {
    const mediaType = { format: "raw" };
    const { data } = await octokit.rest.repos.getContent({ owner, repo, path: repositoryConfigPath, mediaType });
    // Raw text, which the type does not know; a folder of that name comes as a list.
    return typeof data === "string" ? data : null;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
}
