import { LRUCache } from "lru-cache";
import type { Probot } from "probot";
import { limits } from "../shared/limits.ts";
import { installationClient } from "./github-app.ts";
import { repositoryConfigPath } from "./repository-config.ts";

/** The repository that holds an account's defaults, as for GitHub's own files. */
export const organisationRepository = ".github";

export interface OrganisationConfigs {
  /**
   * Text of `.github/assistant.yml` in an account's repository `.github`; null where there is none, or where the App is not
   * installed on that repository. Errors: what GitHub answers.
   */
  read(owner: string, installationId: number): Promise<string | null>;
}

/** Asks GitHub, and keeps what it said for some minutes; a failure is not kept. */
export function createOrganisationConfigs(app: Probot): OrganisationConfigs {
  const known = new LRUCache<string, { text: string | null }>({
    max: limits.organisationConfigs,
    ttl: limits.organisationConfigMs,
  });
  return {
    async read(owner, installationId) {
      const key = `${installationId} ${owner.toLowerCase()}`;
      const kept = known.get(key);
      if (kept) return kept.text;
      const text = await ask(app, owner, installationId);
      known.set(key, { text });
      return text;
    },
  };
}

async function ask(app: Probot, owner: string, installationId: number): Promise<string | null> {
  const place = { owner, repo: organisationRepository };
  try {
    // A public repository answers anybody: the App must be installed there, so that its owner has a say.
    const octokit = await app.auth();
    await octokit.rest.apps.getRepoInstallation(place);
    const client = await installationClient(app, installationId);
    const { data } = await client.rest.repos.getContent({
      ...place,
      path: repositoryConfigPath,
      mediaType: { format: "raw" },
    });
    // Raw text, which the type does not know; a folder of that name comes as a list.
    return typeof data === "string" ? data : null;
  } catch (error) {
    if (error instanceof Error && "status" in error && error.status === 404) return null;
    throw error;
  }
}
