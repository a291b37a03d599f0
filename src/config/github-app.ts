import { randomBytes } from "node:crypto";
import { LRUCache } from "lru-cache";
import type { Logger } from "pino";
import { Probot, ProbotOctokit } from "probot";
import { EnvHttpProxyAgent, fetch as undiciFetch } from "undici";
import { AssistantError, messageOf } from "../shared/errors.ts";
import { limits } from "../shared/limits.ts";
import { type GitHubHost, githubApiUrl, type ServerConfig } from "./server-config.ts";

/**
 * The GitHub App: verifies webhooks and makes clients. Built without the environment on purpose: createProbot() would read
 * it again, past our checks, and fall back to the webhook secret "development".
 */
export function createGitHubApp(config: ServerConfig, log: Logger): Probot {
  const limitsSeen = new LRUCache<string, RateLimit>({ max: limits.rateLimitsKept });
  const app = new Probot({
    appId: config.app.id,
    privateKey: config.app.privateKey,
    // Signatures are checked before (server.ts); nobody shall be able to sign where it is not set.
    secret: config.app.webhookSecrets[0] ?? randomBytes(32).toString("hex"),
    baseUrl: githubApiUrl(config.github),
    log,
    Octokit: JobOctokit.plugin((octokit, options) => {
      const { installationId } = (options["auth"] ?? {}) as { installationId?: number };
      const note = (headers: Headers): void => noteRateLimit(limitsSeen, String(installationId ?? "app"), headers);
      octokit.hook.after("request", ({ headers }) => note(headers));
      // That nothing is left is told by an error.
      octokit.hook.error("request", (error) => {
        note((error as { response?: { headers: Headers } }).response?.headers ?? {});
        throw error;
      });
    }),
    request: { fetch: fetchThroughProxies() },
  });
  seenBy.set(app, limitsSeen);
  return app;
}

/** How much GitHub lets us ask, as its last answer had it. */
export interface RateLimit {
  /** Number of the installation, or `app`. */
  installation: string;
  resource: string;
  remaining: number;
  limit: number;
  /** Epoch seconds. */
  reset: number;
}

/** Those that were seen lately, of each installation and resource. */
export function rateLimitsSeen(app: Probot): RateLimit[] {
  return [...(seenBy.get(app)?.values() ?? [])];
}

const seenBy = new WeakMap<Probot, LRUCache<string, RateLimit>>();

type Headers = Record<string, string | number | undefined>;

function noteRateLimit(seen: LRUCache<string, RateLimit>, installation: string, headers: Headers): void {
  const read = (name: string): number => Number(headers[`x-ratelimit-${name}`]);
  const resource = String(headers["x-ratelimit-resource"] ?? "core");
  const told = { remaining: read("remaining"), limit: read("limit"), reset: read("reset") };
  if (Number.isNaN(told.remaining)) return;
  seen.set(`${installation} ${resource}`, { installation, resource, ...told });
}

/** HTTPS_PROXY, HTTP_PROXY and NO_PROXY count, which the fetch within Node does not look at. */
function fetchThroughProxies(): typeof fetch {
  const dispatcher = new EnvHttpProxyAgent({
    headersTimeout: limits.githubSilenceMs,
    bodyTimeout: limits.githubSilenceMs,
  });
  // Undici's own fetch: the one within Node may be of another version than the dispatcher.
  return ((input: string, init?: object) => undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch;
}

/** GitHub by the one token of a workflow's run: its clients may do what the workflow may, whatever installation is named. */
export function createTokenApp(github: GitHubHost, token: string, log: Logger): Probot {
  return new Probot({
    githubToken: token,
    secret: randomBytes(32).toString("hex"),
    baseUrl: githubApiUrl(github),
    log,
    Octokit: JobOctokit,
    request: { fetch: fetchThroughProxies() },
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
 * Forgets the token that is kept for an installation: GitHub does not take it any more, and the next client asks for another
 * one. Without this a revoked token would be used until its hour is over.
 */
export async function forgetToken(app: Probot, installationId: number): Promise<void> {
  const octokit = await app.auth();
  // The only way to the store of tokens: what makes a client is handed everything that the present one has.
  const { cache } = (await octokit.auth({
    type: "installation",
    installationId,
    factory: (has: unknown) => has,
  })) as { cache?: { delete(key: string): void } };
  cache?.delete(String(installationId));
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
