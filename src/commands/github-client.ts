import type { Octokit } from "@octokit/rest";
import { pino } from "pino";
import { createGitHubApp, createTokenApp, gitToken, installationClient } from "../config/github-app.ts";
import { loadServerConfig, type Settings } from "../config/server-config.ts";
import { AssistantError } from "../shared/errors.ts";
import type { RepositoryId } from "../shared/repository.ts";

export interface GitHubAccess {
  octokit: Octokit;
  /** For git: may read the contents. */
  token: string;
}

/**
 * A client for one repository: with the token in GITHUB_TOKEN (or GH_TOKEN), else as the app, with its id and key.
 * Errors: AssistantError `no-github-credentials`, `not-installed`; as loadServerConfig; what GitHub answers.
 */
export async function openGitHub({ github }: Settings, repository: RepositoryId): Promise<GitHubAccess> {
  const token = process.env["GITHUB_TOKEN"] || process.env["GH_TOKEN"];
  const silent = pino({ level: "silent" });
  // Probot's clients have the same endpoint methods as Octokit's own; only their type is another one.
  if (token) return { octokit: (await createTokenApp(github, token, silent).auth()) as unknown as Octokit, token };

  const app = createGitHubApp(appConfig(), silent);
  const installationId = await findInstallation(await app.auth(), repository);
  const client = await installationClient(app, installationId);
  return {
    octokit: client as unknown as Octokit,
    token: await gitToken(app, installationId, repository.name),
  };
}

function appConfig(): ReturnType<typeof loadServerConfig> {
  try {
    return loadServerConfig(process.env, { poll: true });
  } catch (error) {
    if (!(error instanceof AssistantError && error.code === "no-app-id")) throw error;
    throw new AssistantError("nothing says as whom GitHub is asked", {
      code: "no-github-credentials",
      remedy: "Set GITHUB_TOKEN to a token that may read the repository, or APP_ID and PRIVATE_KEY_PATH as for serve.",
      cause: error,
    });
  }
}

async function findInstallation(
  octokit: Awaited<ReturnType<ReturnType<typeof createGitHubApp>["auth"]>>,
  { owner, name }: RepositoryId,
): Promise<number> {
  try {
    const { data } = await octokit.rest.apps.getRepoInstallation({ owner, repo: name });
    return data.id;
  } catch (error) {
    if (!(error instanceof Error && "status" in error && error.status === 404)) throw error;
    throw new AssistantError(`the app is not installed on ${owner}/${name}`, {
      code: "not-installed",
      remedy: "Install it there, or set GITHUB_TOKEN to a token that may read the repository.",
      cause: error,
    });
  }
}
