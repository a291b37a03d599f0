import type { Logger } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { githubApiUrl, type ServerConfig } from "./server-config.ts";

/**
 * The GitHub App: verifies webhooks and makes clients. Built without the environment on purpose: createProbot() would read
 * it again, past our checks, and fall back to the webhook secret "development".
 */
export function createGitHubApp(config: ServerConfig, log: Logger): Probot {
  return new Probot({
    appId: config.app.id,
    privateKey: config.app.privateKey,
    secret: config.app.webhookSecret,
    baseUrl: githubApiUrl(config.github),
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

/** The raw token, for git. Valid for an hour at most; its length and format are GitHub's business. */
export async function installationToken(client: ProbotOctokit): Promise<string> {
  const { token } = (await client.auth({ type: "installation" })) as { token: string };
  return token;
}

/** Probot's client sleeps until a rate limit is reset, up to an hour; ours throws, and the job is put back until then. */
const JobOctokit = ProbotOctokit.defaults((options: ConstructorParameters<typeof ProbotOctokit>[0]) => ({
  ...options,
  throttle: { ...options?.throttle, onRateLimit: () => false },
}));
