import { randomBytes } from "node:crypto";
import type { Logger } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { type GitHubHost, githubApiUrl, type ServerConfig } from "./server-config.ts";

/**
 * The GitHub App: verifies webhooks and makes clients. Built without the environment on purpose: createProbot() would read
 * it again, past our checks, and fall back to the webhook secret "development".
 */
export function createGitHubApp(config: ServerConfig, log: Logger): Probot {
  return new Probot({
    appId: config.app.id,
    privateKey: config.app.privateKey,
    // Signatures are checked before (server.ts); nobody shall be able to sign where it is not set.
    secret: config.app.webhookSecrets[0] ?? randomBytes(32).toString("hex"),
    baseUrl: githubApiUrl(config.github),
    log,
    Octokit: JobOctokit,
  });
}

/** GitHub by the one token of a workflow's run: its clients may do what the workflow may, whatever installation is named. */
export function createTokenApp(github: GitHubHost, token: string, log: Logger): Probot {
  return new Probot({
    githubToken: token,
    secret: randomBytes(32).toString("hex"),
    baseUrl: githubApiUrl(github),
    log,
    Octokit: JobOctokit,
  });
}

/**
 * A client that may do what the installation may; it renews its token by itself. Not the client of a webhook event: those
 * share one throttle for all installations.
 */
export async function installationClient(app: Probot, installationId: number): Promise<ProbotOctokit> {
  return app.auth(installationId);
}

/**
 * A raw token for git, good for an hour at most, that may read the contents of this one repository and nothing else. Asked
 * for by the app itself: Probot's `octokit.auth({type: "installation"})` goes to github.com whatever the host is.
 * Errors: AssistantError `not-permitted` where the installation does not include that.
 */
export async function gitToken(app: Probot, installationId: number, repository: string): Promise<string> {
  const octokit = await app.auth();
  try {
    const { data } = await octokit.rest.apps.createInstallationAccessToken({
      installation_id: installationId,
      repositories: [repository],
      permissions: { contents: "read" },
    });
    return data.token;
  } catch (error) {
    if (!(error instanceof Error && "status" in error && error.status === 422)) throw error;
    throw new AssistantError(`the app may not read the contents of ${repository}: ${messageOf(error)}`, {
      code: "not-permitted",
      remedy: 'Grant the app the permission "contents: read" and this repository, and accept it for the installation.',
      cause: error,
    });
  }
}

/** When an account installed the app, epoch ms. Errors: what GitHub answers. */
export async function installationTime(app: Probot, installationId: number): Promise<number> {
  const octokit = await app.auth();
  const { data } = await octokit.rest.apps.getInstallation({ installation_id: installationId });
  return Date.parse(data.created_at);
}

/** Probot's client sleeps until a rate limit is reset, up to an hour; ours throws, and the job is put back until then. */
const JobOctokit = ProbotOctokit.defaults((options: ConstructorParameters<typeof ProbotOctokit>[0]) => ({
  ...options,
  throttle: { ...options?.throttle, onRateLimit: () => false },
}));
