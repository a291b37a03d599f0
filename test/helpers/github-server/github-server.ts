import { generateKeyPair, type KeyObject, type KeyPairKeyObjectResult, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { serveApi } from "./api.ts";
import { takeFault } from "./faults.ts";
import { isManifestForm, takeManifest } from "./manifest-form.ts";
import { parseGitPath, serveGit } from "./git-http.ts";
import { firstId, type GitHubState, isoSeconds, type Permissions } from "./state.ts";
import { createScenario, type Scenario } from "./scenario.ts";
import { WebhookSender } from "./webhooks.ts";

export { primaryRateLimit, secondaryRateLimit } from "./faults.ts";
export type * from "./state.ts";

export interface GitHubServerOptions {
  /** The App's name in URLs; its bot is `SLUG[bot]`. */
  slug?: string;
  /** What the App asks for; an installation may grant less. */
  permissions?: Permissions;
  events?: string[];
  /** Check requests and answers against GitHub's schemas. Default true. */
  validate?: boolean;
  /** The clock of everything but sockets, in milliseconds. */
  now?: () => number;
  /** How long a webhook receiver may take; GitHub gives 10 s. */
  webhookTimeoutMs?: number;
}

/** A GitHub on loopback: REST, the GraphQL that has no REST twin, git over HTTP and webhooks, for one App. */
export interface GitHubServer extends Scenario {
  /** For people, for git (`URL/OWNER/NAME.git`) and, as on GitHub Enterprise Server, the host that Probot is given. */
  url: string;
  /** `URL/api/v3`, as on GitHub Enterprise Server. The routes also answer without the prefix. */
  apiUrl: string;
  appId: number;
  /** PEM, PKCS#1 as GitHub hands it out. */
  privateKey: string;
  webhookSecret: string;
  /** Everything the server knows: read it to see what clients wrote. */
  state: GitHubState;
  stop(): Promise<void>;
}

/** One for all servers of a process: making a key takes longer than starting everything else. */
let keys: Promise<KeyPairKeyObjectResult> | undefined;

export async function startGitHubServer(options: GitHubServerOptions = {}): Promise<GitHubServer> {
  keys ??= promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const { publicKey, privateKey } = await keys;
  const webhookSecret = randomBytes(20).toString("hex");
  const pem = privateKey.export({ type: "pkcs1", format: "pem" }).toString();
  const state = createState(options, webhookSecret, publicKey, pem);

  const server = createServer((request, response) => {
    void handle(state, request, response).catch((error: unknown) => {
      console.error(`local GitHub server: ${request.method} ${request.url}`, error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  state.urls = { html: url, api: `${url}/api/v3` };

  return {
    url,
    apiUrl: state.urls.api,
    appId: state.app.id,
    privateKey: pem,
    webhookSecret,
    state,
    ...createScenario(state),
    stop: () => stop(server),
  };
}

/** What an assistant of this kind asks for, and the events that it takes. */
const usualPermissions: Permissions = {
  contents: "read",
  issues: "write",
  pull_requests: "write",
  checks: "write",
  merge_queues: "read",
};
const usualEvents = ["issue_comment", "issues", "merge_group", "pull_request", "pull_request_review_comment", "push"];

/** The addresses are known once the server listens. */
function createState(
  options: GitHubServerOptions,
  secret: string,
  publicKey: KeyObject,
  privateKey: string,
): GitHubState {
  const now = options.now ?? Date.now;
  const slug = options.slug ?? "engram-assistant";
  let nextId = firstId;
  const state: GitHubState = {
    publicKey,
    privateKey,
    manifests: new Map(),
    app: {
      id: 4_711,
      slug,
      bot: { id: nextId++, login: `${slug}[bot]`, type: "Bot" },
      owner: { id: nextId++, login: "app-owner", type: "User" },
      permissions: options.permissions ?? usualPermissions,
      events: options.events ?? usualEvents,
      createdAt: isoSeconds(now()),
    },
    urls: { api: "", html: "" },
    validate: options.validate ?? true,
    nextId,
    now,
    users: new Map(),
    repositories: new Map(),
    installations: [],
    tokens: new Map(),
    faults: [],
    requests: [],
    hooks: new WebhookSender({
      secret,
      appId: 4_711,
      newId: () => state.nextId++,
      now,
      ...(options.webhookTimeoutMs !== undefined && { timeoutMs: options.webhookTimeoutMs }),
    }),
  };
  for (const user of [state.app.bot, state.app.owner]) state.users.set(user.login.toLowerCase(), user);
  return state;
}

/** Git's own paths go to git, everything else to the API, with or without the prefix of a GitHub Enterprise Server. */
async function handle(state: GitHubState, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = request.url ?? "/";
  const path = url.replace(/\?.*$/, "");
  if (isManifestForm(request.method, path)) return takeManifest(state, url, request, response);
  const asked = parseGitPath(path);
  if (!asked) return serveApi(state, url.replace(/^\/api\/(?:v3\/|(?=graphql\b))/, "/"), request, response);
  const fault = takeFault(state, `${request.method} ${url}`);
  await fault?.meanwhile?.();
  if (fault?.drop) request.socket.destroy();
  else if (fault?.status !== undefined) response.writeHead(fault.status, fault.headers).end(fault.message);
  else await serveGit(state, asked, request, response);
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
